//! Tells the code which CPython it is built for.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(Py_3_12, Py_3_13, Py_3_14)");
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
