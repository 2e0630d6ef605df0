//! Every way of saving is seen, each once, and what is no save is not.

#[path = "watch_support.rs"]
mod support;

use reloadr::watch::{Event, Problem, Scope};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use support::*;

const NONE: Duration = Duration::ZERO;
const GRACE: Duration = Duration::from_millis(300);

/// A yard with a watched tree: `app.py`, and `other.py` for [`Rig::flush`].
fn yard_and_rig(config: reloadr::watch::Config) -> (Yard, Rig) {
    let yard = Yard::empty();
    yard.write("app.py", "one");
    yard.write("other.py", "");
    let rig = Rig::tree(config, &yard.0);
    (yard, rig)
}

/// What was delivered apart from the sentinel.
fn without_sentinel(rig: &Rig) -> Vec<Event> {
    let is_sentinel = |event: &Event| matches!(event, Event::Changed(p) if p.ends_with("other.py"));
    rig.events()
        .into_iter()
        .filter(|event| !is_sentinel(event))
        .collect()
}

#[track_caller]
fn expect(rig: &Rig, events: &[Event]) {
    assert_eq!(without_sentinel(rig), events, "{}", rig.told());
}

#[test]
fn replaced_by_rename_is_one_change() {
    let (yard, mut rig) = yard_and_rig(impatient());
    let app = yard.path("app.py");
    for content in ["two", "three"] {
        rig.mark();
        replace(&app, content);
        rig.until_changed(&app);
        rig.flush(&yard.path("other.py"), GRACE);
        expect(&rig, &[changed(&app)]);
    }
}

#[test]
fn written_in_place_in_two_pieces_is_one_change() {
    let (yard, mut rig) = yard_and_rig(config());
    let app = yard.path("app.py");
    let mut file = fs::File::create(&app).unwrap();
    file.write_all(b"def f():\n").unwrap();
    file.flush().unwrap();
    rig.step(Duration::from_millis(50));
    file.write_all(b"    return 1\n").unwrap();
    rig.expect(&[]);
    drop(file);
    rig.until_changed(&app);
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[changed(&app)]);
}

#[test]
fn renamed_to_backup_then_written_is_one_change_each_time() {
    let (yard, mut rig) = yard_and_rig(config());
    let app = yard.path("app.py");
    for content in ["two", "three", "four"] {
        rig.mark();
        save_like_vim(&app, content);
        rig.until_changed(&app);
        rig.flush(&yard.path("other.py"), NONE);
        expect(&rig, &[changed(&app)]);
    }
}

#[test]
fn jetbrains_safe_write_is_one_change() {
    let (yard, mut rig) = yard_and_rig(config());
    let app = yard.path("app.py");
    let (new, old) = (
        yard.path("app.py___jb_tmp___"),
        yard.path("app.py___jb_old___"),
    );
    fs::write(&new, "two").unwrap();
    fs::rename(&app, &old).unwrap();
    fs::rename(&new, &app).unwrap();
    fs::remove_file(&old).unwrap();
    rig.until_changed(&app);
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[changed(&app)]);
}

#[test]
fn a_hard_link_put_into_place_is_one_change() {
    let (yard, mut rig) = yard_and_rig(config());
    let store = Yard::empty();
    let stored = store.write("blob", "linked");
    let new = yard.path("new.py");
    fs::hard_link(&stored, &new).unwrap();
    rig.until_changed(&new);
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[changed(&new)]);
}

#[test]
fn editor_droppings_wake_nobody() {
    let (yard, mut rig) = yard_and_rig(config());
    let before = rig.watch.counters().admitted;
    for name in [
        "4913",
        ".app.py.swp",
        ".app.py.swpx",
        "app.py~",
        "#app.py#",
        "app.py___jb_tmp___",
        "app.py___jb_old___",
        "flycheck_app.py",
        ".app.py.kate-swp",
        "app.pyc",
        "notes.txt",
    ] {
        let path = yard.write(name, "dropped");
        fs::write(&path, "again").unwrap();
        fs::remove_file(&path).unwrap();
    }
    #[cfg(unix)]
    {
        let lock = yard.path(".#app.py");
        std::os::unix::fs::symlink("me@host.1234:5678", &lock).unwrap();
        fs::remove_file(&lock).unwrap();
    }
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[]);
    let admitted = rig.watch.counters().admitted - before;
    assert_eq!(admitted, 1, "only the sentinel's rename; {}", rig.told());
}

#[test]
fn open_read_close_is_no_change() {
    let (yard, mut rig) = yard_and_rig(config());
    let before = rig.watch.counters().admitted;
    for _ in 0..10 {
        fs::read(yard.path("app.py")).unwrap();
        fs::read_dir(&yard.0).unwrap().for_each(drop);
    }
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[]);
    assert_eq!(rig.watch.counters().admitted - before, 1, "{}", rig.told());
}

/// A `touch` opens the file for writing and closes it, which only the bytes tell from a save: that
/// comparison is the engine's.
#[cfg(unix)]
#[test]
fn chmod_is_no_change() {
    use std::os::unix::fs::PermissionsExt;
    let (yard, mut rig) = yard_and_rig(config());
    for mode in [0o600, 0o644, 0o755] {
        fs::set_permissions(yard.path("app.py"), fs::Permissions::from_mode(mode)).unwrap();
    }
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[]);
}

#[test]
fn a_rewrite_within_one_clock_tick_is_seen() {
    for config in [impatient(), polling()] {
        let (yard, mut rig) = yard_and_rig(config);
        let app = yard.path("app.py");
        let time = fs::metadata(&app).unwrap().modified().unwrap();
        for content in ["two", "tri"] {
            rig.mark();
            // The same size and the same time of modification as before.
            let mut file = fs::File::create(&app).unwrap();
            file.write_all(content.as_bytes()).unwrap();
            file.set_modified(time).unwrap();
            drop(file);
            rig.until_changed(&app);
        }
    }
}

#[test]
fn a_time_of_modification_that_moves_backwards_is_seen() {
    for config in [impatient(), polling()] {
        let (yard, mut rig) = yard_and_rig(config);
        let app = yard.path("app.py");
        let old = yard.write(".old", "an old state");
        let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        fs::File::open(&old)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        fs::rename(&old, &app).unwrap();
        rig.until_changed(&app);
    }
}

#[test]
fn deleted_and_recreated_was_never_removed() {
    let (yard, mut rig) = yard_and_rig(config());
    let app = yard.path("app.py");
    fs::remove_file(&app).unwrap();
    rig.step(Duration::from_millis(300));
    rig.expect(&[]);
    fs::write(&app, "two").unwrap();
    rig.until_changed(&app);
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[changed(&app)]);
}

#[test]
fn deleted_for_good_is_said_once_and_its_return_is_seen() {
    for config in [impatient(), polling()] {
        let yard = Yard::empty();
        let app = yard.write("app.py", "one");
        let other = yard.write("other.py", "");
        let mut rig = Rig::files(config, &[&app, &other]);
        for content in ["two", "three"] {
            rig.mark();
            fs::remove_file(&app).unwrap();
            rig.until_removed(&app);
            rig.flush(&other, GRACE);
            expect(&rig, &[removed(&app)]);
            rig.mark();
            fs::write(&app, content).unwrap();
            rig.until_changed(&app);
        }
    }
}

#[test]
fn a_file_that_is_added_before_it_exists_is_seen_when_it_does() {
    let yard = Yard::empty();
    let app = yard.path("deep/down/app.py");
    let mut rig = Rig::files(impatient(), &[&app]);
    yard.write("deep/down/app.py", "one");
    rig.until_changed(&app);
    rig.mark();
    fs::remove_dir_all(yard.path("deep")).unwrap();
    rig.until_removed(&app);
    rig.mark();
    yard.write("deep/down/app.py", "two");
    rig.until_changed(&app);
}

#[test]
fn a_new_file_is_seen_on_creation() {
    for config in [impatient(), polling()] {
        let yard = Yard::empty();
        let mut rig = Rig::new(config);
        rig.watch.add(&yard.0, Scope::Folder).unwrap();
        let new = yard.write("new.py", "one");
        rig.until_changed(&new);
    }
}

#[test]
fn a_folder_scope_does_not_look_below() {
    let yard = Yard::empty();
    yard.write("below/a.py", "");
    let mut rig = Rig::new(config());
    rig.watch.add(&yard.0, Scope::Folder).unwrap();
    yard.write("below/a.py", "changed");
    yard.write("new/b.py", "new");
    rig.flush(&yard.path("top.py"), NONE);
    rig.expect(&[changed(&yard.path("top.py"))]);
}

#[test]
fn a_directory_filled_before_its_watch_exists_is_seen() {
    for config in [impatient(), polling()] {
        let (yard, mut rig) = yard_and_rig(config);
        for round in 0..20 {
            // The consumer does not wait meanwhile: the watch cannot exist in time.
            let early = yard.write(&format!("pkg{round}/sub/deep/early.py"), "early");
            rig.until_changed(&early);
            let late = yard.write(&format!("pkg{round}/sub/deep/late.py"), "late");
            rig.until_changed(&late);
        }
    }
}

#[test]
fn a_directory_moved_in_then_edited_is_seen() {
    for config in [impatient(), polling()] {
        let outside = Yard::empty();
        outside.write("pkg/sub/mod.py", "one");
        let (yard, mut rig) = yard_and_rig(config);
        fs::rename(outside.path("pkg"), yard.path("pkg")).unwrap();
        let module = yard.path("pkg/sub/mod.py");
        rig.until_changed(&module);
        rig.mark();
        replace(&module, "two");
        rig.until_changed(&module);
    }
}

#[test]
fn a_directory_moved_within_is_followed() {
    for config in [impatient(), polling()] {
        let (yard, mut rig) = yard_and_rig(config);
        let old = yard.write("old/mod.py", "one");
        rig.until_changed(&old);
        rig.mark();
        fs::rename(yard.path("old"), yard.path("new")).unwrap();
        let new = yard.path("new/mod.py");
        rig.until_changed(&new);
        rig.until_removed(&old);
        rig.mark();
        replace(&new, "two");
        rig.until_changed(&new);
        rig.mark();
        // The old name is free, and may be taken again.
        let again = yard.write("old/mod.py", "three");
        rig.until_changed(&again);
        rig.mark();
        replace(&again, "four");
        rig.until_changed(&again);
    }
}

#[test]
fn a_removed_package_is_removed_and_its_return_is_seen() {
    for config in [impatient(), polling()] {
        let (yard, mut rig) = yard_and_rig(config);
        let module = yard.write("pkg/mod.py", "one");
        rig.until_changed(&module);
        for content in ["two", "three"] {
            rig.mark();
            fs::remove_dir_all(yard.path("pkg")).unwrap();
            rig.until_removed(&module);
            rig.mark();
            yard.write("pkg/mod.py", content);
            rig.until_changed(&module);
            rig.mark();
            replace(&module, "more");
            rig.until_changed(&module);
        }
    }
}

#[test]
fn the_root_removed_and_recreated_is_seen() {
    let yard = Yard::empty();
    let app = yard.write("root/app.py", "one");
    let mut rig = Rig::tree(impatient(), &yard.path("root"));
    for content in ["two", "three"] {
        rig.mark();
        fs::remove_dir_all(yard.path("root")).unwrap();
        rig.until_removed(&app);
        rig.mark();
        yard.write("root/app.py", content);
        rig.until_changed(&app);
        rig.mark();
        replace(&app, "more");
        rig.until_changed(&app);
    }
}

/// A process that has the folder as its working directory keeps the system from telling that the
/// folder was deleted.
#[cfg(target_os = "linux")]
#[test]
fn the_root_removed_under_a_process_that_works_in_it_is_seen() {
    let yard = Yard::empty();
    let app = yard.write("root/app.py", "one");
    let mut sleeper = std::process::Command::new("sleep")
        .arg("60")
        .current_dir(yard.path("root"))
        .spawn()
        .unwrap();
    let mut rig = Rig::tree(impatient(), &yard.path("root"));
    fs::remove_dir_all(yard.path("root")).unwrap();
    rig.until_removed(&app);
    rig.mark();
    yard.write("root/app.py", "two");
    rig.until_changed(&app);
    rig.mark();
    replace(&app, "three");
    rig.until_changed(&app);
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    fn relink(target: &str, link: &Path) {
        let temporary = link.with_file_name("..data_tmp");
        symlink(target, &temporary).unwrap();
        fs::rename(&temporary, link).unwrap();
    }

    #[test]
    fn the_target_of_a_symlink_is_edited() {
        for config in [impatient(), polling()] {
            let (yard, elsewhere) = (Yard::empty(), Yard::empty());
            let target = elsewhere.write("real_name.txt", "one");
            let link = yard.path("app.py");
            symlink(&target, &link).unwrap();
            for by_tree in [false, true] {
                let mut rig = match by_tree {
                    false => Rig::files(config.clone(), &[&link]),
                    true => Rig::tree(config.clone(), &yard.0),
                };
                replace(&target, "two");
                rig.until_changed(&link);
                rig.mark();
                fs::write(&target, "three").unwrap();
                rig.until_changed(&link);
                assert!(
                    rig.events().iter().all(|e| *e == changed(&link)),
                    "{}",
                    rig.told()
                );
            }
        }
    }

    #[test]
    fn a_link_that_appears_later_is_followed_and_forgotten_with_it() {
        let (yard, elsewhere) = (Yard::empty(), Yard::empty());
        let target = elsewhere.write("real.py", "one");
        let mut rig = Rig::tree(impatient(), &yard.0);
        let link = yard.path("app.py");
        symlink(&target, &link).unwrap();
        rig.until_changed(&link);
        rig.mark();
        replace(&target, "two");
        rig.until_changed(&link);
        assert_eq!(rig.watch.counters().native_folders, 2);
        fs::remove_file(&link).unwrap();
        rig.until_removed(&link);
        assert_eq!(rig.watch.counters().native_folders, 1, "{}", rig.told());
    }

    #[test]
    fn a_link_to_a_package_is_watched_under_its_own_name() {
        let (yard, elsewhere) = (Yard::empty(), Yard::empty());
        elsewhere.write("pkg/sub/mod.py", "one");
        let mut rig = Rig::tree(impatient(), &yard.0);
        symlink(elsewhere.path("pkg"), yard.path("pkg")).unwrap();
        let module = yard.path("pkg/sub/mod.py");
        rig.until_changed(&module);
        rig.mark();
        replace(&elsewhere.path("pkg/sub/mod.py"), "two");
        rig.until_changed(&module);
        rig.expect(&[changed(&module)]);
    }

    #[test]
    fn a_release_link_that_is_switched_brings_the_new_files() {
        let yard = Yard::empty();
        yard.write("releases/1/app.py", "one");
        yard.write("releases/2/app.py", "two");
        yard.write("releases/2/new.py", "new");
        let current = yard.path("current");
        symlink("releases/1", &current).unwrap();
        let mut rig = Rig::tree(impatient(), &current);
        relink("releases/2", &current);
        rig.until_changed(&current.join("app.py"));
        rig.until_changed(&current.join("new.py"));
        rig.mark();
        replace(&yard.path("releases/2/app.py"), "three");
        rig.until_changed(&current.join("app.py"));
        rig.mark();
        relink("releases/1", &current);
        rig.until_changed(&current.join("app.py"));
        rig.until_removed(&current.join("new.py"));
    }

    #[test]
    fn links_in_circles_end() {
        let yard = Yard::empty();
        yard.write("a/mod.py", "");
        yard.write("b/mod.py", "");
        symlink("../b", yard.path("a/b")).unwrap();
        symlink("../a", yard.path("b/a")).unwrap();
        symlink("..", yard.path("a/up")).unwrap();
        symlink("self.py", yard.path("self.py")).unwrap();
        let mut rig = Rig::tree(config(), &yard.0);
        replace(&yard.path("b/mod.py"), "two");
        rig.until_changed(&yard.path("b/mod.py"));
        assert_eq!(rig.watch.counters().native_folders, 3, "{}", rig.told());
    }

    /// How a kubelet updates a mounted config map.
    #[test]
    fn a_kubernetes_swap_is_one_change() {
        for config in [impatient(), polling()] {
            let yard = Yard::empty();
            yard.write("..2025_01/app.py", "one");
            yard.write("..2025_01/lib.py", "one");
            symlink("..2025_01", yard.path("..data")).unwrap();
            let (app, lib) = (yard.path("app.py"), yard.path("lib.py"));
            symlink("..data/app.py", &app).unwrap();
            symlink("..data/lib.py", &lib).unwrap();
            for by_tree in [true, false] {
                let mut rig = match by_tree {
                    true => Rig::tree(config.clone(), &yard.0),
                    false => Rig::files(config.clone(), &[&app, &lib]),
                };
                let mut before = fs::read_link(yard.path("..data")).unwrap();
                for number in 2..5 {
                    rig.mark();
                    let folder = format!("..2025_0{number}_{by_tree}");
                    yard.write(&format!("{folder}/app.py"), &format!("{number}"));
                    yard.write(&format!("{folder}/lib.py"), &format!("{number}"));
                    relink(&folder, &yard.path("..data"));
                    fs::remove_dir_all(yard.path(before.to_str().unwrap())).unwrap();
                    before = folder.into();
                    rig.until_changed(&app);
                    rig.until_changed(&lib);
                    rig.step(GRACE);
                    if config.poll_everything {
                        let only = [changed(&app), changed(&lib)];
                        let expected = rig.events().iter().all(|event| only.contains(event));
                        assert!(expected, "{}", rig.told());
                    } else {
                        rig.expect(&[changed(&app), changed(&lib)]);
                        assert_eq!(rig.batches().count(), 1, "{}", rig.told());
                    }
                }
            }
        }
    }

    #[test]
    fn editable_code_in_site_packages_is_watched_and_the_rest_is_not() {
        let yard = Yard::empty();
        yard.write("project/shop/cart.py", "one");
        yard.write("lib/site-packages/big/mod.py", "");
        yard.write("lib/site-packages/single.py", "");
        let packages = yard.path("lib/site-packages");
        symlink(yard.path("project/shop"), packages.join("shop")).unwrap();
        let mut rig = Rig::new(config());
        rig.watch.add(packages.join("shop"), Scope::Tree).unwrap();
        yard.write("lib/site-packages/single.py", "changed");
        yard.write("lib/site-packages/new.py", "new");
        yard.write("lib/site-packages/big/mod.py", "changed");
        replace(&yard.path("project/shop/cart.py"), "two");
        rig.until_changed(&packages.join("shop/cart.py"));
        rig.expect(&[changed(&packages.join("shop/cart.py"))]);
        let (folders, _) = rig.watch.watched_folders();
        assert!(!folders.contains(&packages.join("big")), "{folders:?}");

        // Asked for, it is watched.
        rig.watch.add(&packages, Scope::Tree).unwrap();
        rig.mark();
        replace(&packages.join("big/mod.py"), "again");
        rig.until_changed(&packages.join("big/mod.py"));
    }
}

#[test]
fn the_archive_of_a_module_is_watched() {
    let yard = Yard::empty();
    let archive = yard.write("lib.zip", "PK");
    yard.write("other.zip", "PK");
    let mut rig = Rig::files(config(), &[&archive]);
    yard.write("other.zip", "changed");
    replace(&archive, "PK changed");
    rig.until_changed(&archive);
    rig.expect(&[changed(&archive)]);
}

#[cfg(target_os = "linux")]
#[test]
fn undecodable_and_null_paths_are_skipped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (yard, mut rig) = yard_and_rig(config());
    fs::write(yard.0.join(OsStr::from_bytes(b"\xff\xfe.py")), "x").unwrap();
    fs::create_dir(yard.0.join(OsStr::from_bytes(b"\xff_folder"))).unwrap();
    rig.watch
        .add(OsStr::from_bytes(b"/nul\0l.py"), Scope::File)
        .unwrap();
    rig.watch.add("", Scope::File).unwrap();
    rig.flush(&yard.path("other.py"), NONE);
    expect(&rig, &[]);
    let bad = |p: &Problem| matches!(p, Problem::BadPath { .. });
    assert_eq!(
        rig.problems().iter().filter(|p| bad(p)).count(),
        2,
        "{}",
        rig.told()
    );
}

#[test]
fn a_rename_of_letter_case_only_is_no_deletion() {
    let (yard, mut rig) = yard_and_rig(impatient());
    let module = yard.write("pkg/mod.py", "one");
    rig.until_changed(&module);
    rig.mark();
    fs::rename(yard.path("app.py"), yard.path("App.py")).unwrap();
    rig.until_changed(&yard.path("App.py"));
    fs::rename(yard.path("pkg"), yard.path("Pkg")).unwrap();
    rig.until_changed(&yard.path("Pkg/mod.py"));
    rig.flush(&yard.path("other.py"), GRACE);
    expect(
        &rig,
        &[
            changed(&yard.path("App.py")),
            changed(&yard.path("Pkg/mod.py")),
        ],
    );
}

#[test]
fn what_was_removed_from_the_watch_is_not_delivered() {
    let yard = Yard::empty();
    yard.write("a/one.py", "");
    yard.write("b/two.py", "");
    yard.write(".git/config", "");
    let mut rig = Rig::tree(config(), &yard.0);
    rig.watch.add(yard.path("b"), Scope::Tree).unwrap();
    rig.watch.remove(&yard.0).unwrap();
    yard.write("a/one.py", "changed");
    yard.write("new.py", "new");
    replace(&yard.path("b/two.py"), "changed");
    rig.until_changed(&yard.path("b/two.py"));
    rig.expect(&[changed(&yard.path("b/two.py"))]);
    rig.watch.remove(yard.path("b")).unwrap();
    assert_eq!(rig.watch.counters().native_folders, 0, "{}", rig.told());
}
