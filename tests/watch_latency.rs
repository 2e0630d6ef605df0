//! How long a save takes from the writer's `close` to the batch. Figures, not verdicts:
//! `cargo test --release --test watch_latency -- --ignored --nocapture`.

#[path = "watch_support.rs"]
mod support;

use reloadr::watch::{Config, Scope, Wake, Watch};
use std::fs::{self, File};
use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use support::*;

const SAVES: usize = 1000;

/// Saves `SAVES` times while another thread waits; answers with the latencies, in order.
fn measure(folders: usize, by_rename: bool) -> Vec<Duration> {
    let yard = Yard::empty();
    for number in 0..folders {
        yard.write(&format!("pkg{number}/mod.py"), "x = 1\n");
    }
    let app = yard.write("app.py", "x = 1\n");
    let watch = Watch::new(Config::default());
    watch.add(&yard.0, Scope::Tree).unwrap();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let tell = tell;
            loop {
                let batch = watch.wait(None);
                let now = Instant::now();
                if batch.wake == Wake::Stopped {
                    break;
                }
                tell.send((now, batch)).unwrap();
            }
        });
        let mut latencies = Vec::new();
        for save in 0..SAVES {
            thread::sleep(Duration::from_millis(3));
            let content = format!("x = {save}\n");
            let done = if by_rename {
                let temporary = yard.path(".app.py.tmp");
                fs::write(&temporary, content).unwrap();
                let done = Instant::now();
                fs::rename(&temporary, &app).unwrap();
                done
            } else {
                let mut file = File::create(&app).unwrap();
                file.write_all(content.as_bytes()).unwrap();
                let done = Instant::now();
                drop(file);
                done
            };
            let (at, batch) = told.recv_timeout(PATIENCE).expect("a batch for the save");
            assert_eq!(batch.events, [changed(&app)]);
            latencies.push(at.saturating_duration_since(done));
        }
        watch.stop();
        latencies.sort();
        latencies
    })
}

#[test]
#[ignore = "a measurement"]
fn from_close_to_batch() {
    for folders in [1, 5000] {
        for by_rename in [false, true] {
            let latencies = measure(folders, by_rename);
            let how = if by_rename { "rename" } else { "close" };
            println!(
                "{how:6} to batch, {folders:4} folders: p50 {:?}, p99 {:?}, max {:?}",
                latencies[SAVES / 2],
                latencies[SAVES * 99 / 100],
                latencies[SAVES - 1],
            );
        }
    }
}
