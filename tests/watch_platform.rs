//! Limits, file systems without events, folders that cannot be read, forks, and rest.

#[path = "watch_support.rs"]
mod support;

use reloadr::watch::{Config, Event, PollReason, Problem, Scope, Wake, Watch, WatchError};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use support::*;

/// [`impatient`], with a polled folder looked at often.
fn frequent() -> Config {
    let mut config = impatient();
    config.poll_interval = Duration::from_millis(30);
    config
}

fn has_poll_thread() -> bool {
    let tasks = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let mut names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.any(|name| name.trim() == "reloadr-poll")
}

/// Runs one test of this file in a process of its own, through `wrapper`; answers whether it ran.
fn run_apart(test: &str, wrapper: &[&str]) -> bool {
    let binary = std::env::current_exe().unwrap();
    let (program, arguments) = wrapper.split_first().unwrap();
    if !Command::new(program)
        .args(arguments)
        .arg("true")
        .output()
        .is_ok_and(|o| o.status.success())
    {
        eprintln!("skipped: {wrapper:?} is not allowed here");
        return false;
    }
    let output = Command::new(program)
        .args(arguments)
        .arg(binary)
        .args([
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    true
}

// File systems without events.

#[test]
fn a_file_system_without_events_is_polled_and_that_is_said_and_others_are_not() {
    let (silent, lively) = (Yard::empty(), Yard::empty());
    let far = silent.write("pkg/far.py", "one");
    let near = lively.write("near.py", "one");
    let mut config = frequent();
    config.faults.silent_below = Some(silent.0.clone());
    let mut rig = Rig::tree(config, &silent.0);
    rig.watch.add(&lively.0, Scope::Tree).unwrap();

    let mounts = rig.watch.polled_mounts();
    assert_eq!(mounts.len(), 1, "{mounts:?}");
    assert_eq!(
        (mounts[0].reason, mounts[0].folders),
        (PollReason::NoEvents, 2)
    );
    let said = mounts[0].to_string();
    assert!(
        said.contains("9p") && said.contains(silent.0.to_str().unwrap()),
        "{said}"
    );
    // It is said once, whatever the number of folders.
    let problems = rig.watch.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].to_string().contains("(9p) does not tell"),
        "{problems:?}"
    );
    let (native, polled) = rig.watch.watched_folders();
    assert_eq!(native, std::slice::from_ref(&lively.0));
    assert_eq!(polled, [silent.0.clone(), silent.path("pkg")]);

    replace(&far, "two");
    rig.until_changed(&far);
    rig.mark();
    fs::write(&far, "three").unwrap();
    rig.until_changed(&far);
    rig.mark();
    let new = silent.write("new/sub/mod.py", "new");
    rig.until_changed(&new);
    replace(&near, "two");
    rig.until_changed(&near);
}

#[test]
fn a_polled_file_is_reported_once_its_writer_stands_still() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut rig = Rig::tree(polling(), &yard.0);
    fs::write(&app, "").unwrap();
    rig.step(Duration::from_millis(200));
    rig.expect(&[]);
    fs::write(&app, "two").unwrap();
    rig.until_changed(&app);
}

/// Whether what is on a mount that went away, or does not answer, is taken for deleted. With a real
/// mount, in a mount namespace of this test's own.
#[cfg(target_os = "linux")]
#[test]
fn a_blip_of_the_network_is_no_deletion() {
    run_apart("blip_in_a_mount_namespace", &["unshare", "-Urm"]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `a_blip_of_the_network_is_no_deletion`"]
fn blip_in_a_mount_namespace() {
    let mount = |arguments: &[&str], at: &Path| {
        let output = Command::new(arguments[0])
            .args(&arguments[1..])
            .arg(at)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    let (yard, store) = (Yard::empty(), Yard::empty());
    let share = yard.path("share");
    fs::create_dir(&share).unwrap();
    // The content lives on a file system of its own, so that it can leave and come back.
    mount(&["mount", "-t", "tmpfs", "none"], &store.0);
    store.write("pkg/mod.py", "one");
    store.write("app.py", "one");
    let store_path = store.0.to_str().unwrap().to_owned();
    mount(&["mount", "--bind", &store_path], &share);

    let mut config = frequent();
    config.faults.silent_below = Some(share.clone());
    let mut rig = Rig::tree(config, &share);
    rig.until("the first look again", |rig| rig.events().len() >= 2);
    rig.mark();
    mount(&["umount"], &share);
    let away = |p: &Problem| matches!(p, Problem::Unreachable { .. });
    rig.until("the problem", |rig| rig.problems().iter().any(away));
    let deadline = Instant::now() + Duration::from_millis(500);
    while Instant::now() < deadline {
        rig.step(Duration::from_millis(100));
    }
    rig.expect(&[]);

    mount(&["mount", "--bind", &store_path], &share);
    replace(&share.join("pkg/mod.py"), "two");
    rig.until_changed(&share.join("pkg/mod.py"));
    assert!(
        !rig.events()
            .iter()
            .any(|event| matches!(event, Event::Removed(_)))
    );
    rig.until("the end of the problem", |rig| {
        !rig.watch.problems().iter().any(away)
    });
    mount(&["umount"], &share);
    drop(rig);
    mount(&["umount"], &store.0);
}

// Limits.

#[track_caller]
fn expect_limit_message(rig: &Rig) {
    let limits = |p: &&Problem| matches!(p, Problem::WatchLimit { .. });
    let problems = rig.problems();
    assert_eq!(
        problems.iter().filter(limits).count(),
        1,
        "said once; {}",
        rig.told()
    );
    let said = problems.iter().find(limits).unwrap().to_string();
    assert!(said.contains("fs.inotify.max_user_watches"), "{said}");
}

/// Seven folders with a limit of three watches: all of them must be seen to.
fn see_all_folders_under_a_limit(config: Config, yard: &Yard) {
    let modules: Vec<_> = (0..6)
        .map(|n| yard.write(&format!("pkg{n}/mod.py"), "one"))
        .collect();
    let mut rig = Rig::tree(config, &yard.0);
    rig.until("the problem", |rig| !rig.problems().is_empty());
    for module in &modules {
        replace(module, "two");
        rig.until_changed(module);
    }
    let late = yard.write("late/mod.py", "new");
    rig.until_changed(&late);
    expect_limit_message(&rig);
    let mounts = rig.watch.polled_mounts();
    assert!(
        mounts
            .iter()
            .all(|mount| mount.reason == PollReason::WatchLimit),
        "{mounts:?}"
    );
    let counters = rig.watch.counters();
    assert_eq!(
        (counters.native_folders, counters.polled_folders),
        (3, 5),
        "{mounts:?}"
    );
}

#[test]
fn the_limit_of_watches_is_said_once_with_its_cure_and_the_rest_is_polled() {
    let mut config = frequent();
    config.faults.watch_limit = Some(3);
    see_all_folders_under_a_limit(config, &Yard::empty());
}

#[cfg(target_os = "linux")]
#[test]
fn the_real_limit_of_watches_leads_to_polling() {
    run_apart("watch_limit_in_a_user_namespace", &["unshare", "-Ur"]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `the_real_limit_of_watches_leads_to_polling`"]
fn watch_limit_in_a_user_namespace() {
    fs::write("/proc/sys/user/max_inotify_watches", "3").unwrap();
    see_all_folders_under_a_limit(frequent(), &Yard::empty());
}

fn see_a_save_without_an_instance(config: Config) {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut rig = Rig::tree(config, &yard.0);
    replace(&app, "two");
    rig.until_changed(&app);
    let problems = rig.problems();
    assert_eq!(problems.len(), 1, "{}", rig.told());
    let said = problems[0].to_string();
    assert!(said.contains("fs.inotify.max_user_instances"), "{said}");
    assert_eq!(rig.watch.polled_mounts()[0].reason, PollReason::NoInstance);
}

#[test]
fn without_an_instance_everything_is_polled() {
    let mut config = frequent();
    config.faults.no_instance = true;
    see_a_save_without_an_instance(config);
}

#[cfg(target_os = "linux")]
#[test]
fn the_real_limit_of_instances_leads_to_polling() {
    run_apart("instance_limit_in_a_user_namespace", &["unshare", "-Ur"]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `the_real_limit_of_instances_leads_to_polling`"]
fn instance_limit_in_a_user_namespace() {
    fs::write("/proc/sys/user/max_inotify_instances", "0").unwrap();
    see_a_save_without_an_instance(frequent());
}

// Folders.

/// On a thread without root's rights, which the watch's own threads inherit.
#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_folder_does_not_stop_the_rest() {
    use std::os::unix::fs::PermissionsExt;
    let chmod = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let yard = Yard::empty();
    let hidden = yard.write("closed/mod.py", "one");
    let open = yard.write("open/mod.py", "one");
    chmod(&yard.path("closed"), 0o000);
    let yard = &yard;
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            // SAFETY: changes the user of this thread alone; with wrong rights it just fails.
            unsafe { libc::syscall(libc::SYS_setresuid, 65534, 65534, 65534) };
            Rig::tree(config(), &yard.0)
        });
        let mut rig = watching.join().unwrap();
        let closed =
            |p: &Problem| matches!(p, Problem::Unreadable { path, .. } if path.ends_with("closed"));
        assert!(rig.watch.problems().iter().any(closed), "{}", rig.told());
        replace(&open, "two");
        rig.until_changed(&open);
        rig.mark();
        // Once it can be read, it is, and what is in it is seen.
        chmod(&yard.path("closed"), 0o755);
        rig.until_changed(&hidden);
        assert!(rig.watch.problems().is_empty(), "{}", rig.told());
        rig.mark();
        replace(&hidden, "two");
        rig.until_changed(&hidden);
    });
}

#[test]
fn ignored_trees_are_never_walked() {
    let yard = Yard::empty();
    yard.write("pkg/mod.py", "");
    for ignored in [
        ".git/hooks/x.py",
        "node_modules/a/b.py",
        "env/lib/x.py",
        "lib/site-packages/x/y.py",
        ".tox/x.py",
        "target/x/y.py",
        "pkg/__pycache__/x.py",
        "mine/x.py",
        "pkg/out/x.py",
    ] {
        yard.write(ignored, "");
    }
    yard.write("env/pyvenv.cfg", "");
    yard.write("target/CACHEDIR.TAG", "");
    for mut config in [config(), polling()] {
        config.ignored_folders.push("mine".into());
        config.excluded.insert(yard.path("pkg/out"));
        let mut rig = Rig::tree(config, &yard.0);
        let folders = |rig: &Rig| {
            let (native, polled) = rig.watch.watched_folders();
            native.into_iter().chain(polled).collect::<Vec<_>>()
        };
        let git = yard.path(".git"); // Itself, for its lock; nothing below it.
        let expected = [yard.0.clone(), git, yard.path("lib"), yard.path("pkg")];
        assert_eq!(folders(&rig), expected);

        // Nor are those that come later.
        yard.write("new/node_modules/x/y.py", "");
        yard.write(".venv/lib/x.py", "");
        let late = yard.write("later/lib/x.py", "x");
        rig.until("the environment to be", |rig| {
            folders(rig).contains(&yard.path("later/lib"))
        });
        yard.write("later/pyvenv.cfg", "");
        rig.until("the environment not to be", |rig| {
            !folders(rig).contains(&yard.path("later"))
        });
        let library = late.parent().unwrap().to_owned();
        assert!(!folders(&rig).contains(&library));
        assert_eq!(folders(&rig).len(), 5, "{:?}", folders(&rig));
        for name in ["new", ".venv", "later"] {
            fs::remove_dir_all(yard.path(name)).unwrap();
        }
    }
}

// Processes and threads.

#[cfg(unix)]
#[test]
fn after_a_fork_the_watch_says_so() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut rig = Rig::tree(config(), &yard.0);
    // SAFETY: the child calls nothing that allocates or locks, and ends with `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let says_so = rig.watch.is_forked()
            && rig.watch.wait(None).wake == Wake::Forked
            && matches!(
                rig.watch.add("x", Scope::File),
                Err(WatchError::Forked { .. })
            )
            && rig.watch.remove("x").is_err()
            && rig.watch.problems().is_empty();
        rig.watch.wake();
        rig.watch.stop();
        drop(rig);
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(if says_so { 7 } else { 8 }) };
    }
    let mut status = 0;
    // SAFETY: waits for the child of this very test.
    unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(libc::WEXITSTATUS(status), 7);
    // The parent's goes on.
    replace(&app, "two");
    rig.until_changed(&app);
}

#[test]
fn at_rest_nobody_wakes_and_nothing_is_polled() {
    run_apart("rest_apart", &["env"]);
}

#[test]
#[ignore = "run by `at_rest_nobody_wakes_and_nothing_is_polled`"]
fn rest_apart() {
    let yard = Yard::empty();
    for number in 0..50 {
        yard.write(&format!("pkg{number}/mod.py"), "one");
    }
    let watch = Arc::new(Watch::new(Config::default()));
    watch.add(&yard.0, Scope::Tree).unwrap();
    let waiting = {
        let watch = Arc::clone(&watch);
        thread::spawn(move || watch.wait(None).wake)
    };
    let switches = || {
        let tasks = fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        let mut total = 0;
        for task in tasks {
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            if name.starts_with("rest_apart") {
                continue; // This thread sleeps and wakes, which is its own affair.
            }
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let line = status
                .lines()
                .find(|line| line.starts_with("voluntary_ctxt"));
            let count = line.and_then(|line| line.split_whitespace().last()?.parse::<u64>().ok());
            total += count.unwrap_or(0);
        }
        total
    };
    thread::sleep(Duration::from_millis(300));
    let (counters, before) = (watch.counters(), switches());
    thread::sleep(Duration::from_secs(2));
    assert_eq!((watch.counters(), switches()), (counters, before));
    assert_eq!(counters.poll_passes, 0);
    assert!(!has_poll_thread());
    watch.stop();
    assert_eq!(waiting.join().unwrap(), Wake::Stopped);
}

#[test]
fn the_polling_thread_ends_with_what_it_polls() {
    run_apart("polling_apart", &["env"]);
}

#[test]
#[ignore = "run by `the_polling_thread_ends_with_what_it_polls`"]
fn polling_apart() {
    let yard = Yard::empty();
    let watch = Watch::new(polling());
    let until = |condition: fn() -> bool| {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(Instant::now() < deadline, "{:?}", watch.counters());
            thread::yield_now();
        }
    };
    for _ in 0..3 {
        watch.add(&yard.0, Scope::Tree).unwrap();
        until(has_poll_thread);
        watch.remove(&yard.0).unwrap();
        until(|| !has_poll_thread());
    }
}

#[test]
fn waits_end_when_woken_stopped_or_timed_out() {
    let watch = Arc::new(Watch::new(config()));
    assert_eq!(watch.wait(Some(Duration::ZERO)).wake, Wake::Timeout);
    assert_eq!(
        watch.wait(Some(Duration::from_millis(20))).wake,
        Wake::Timeout
    );
    watch.wake();
    assert_eq!(watch.wait(None).wake, Wake::Asked);
    assert_eq!(watch.wait(Some(Duration::ZERO)).wake, Wake::Timeout);
    for stop in [false, true] {
        let other = Arc::clone(&watch);
        let waiting = thread::spawn(move || other.wait(None).wake);
        if stop {
            watch.stop()
        } else {
            watch.wake()
        }
        let expected = if stop { Wake::Stopped } else { Wake::Asked };
        assert_eq!(waiting.join().unwrap(), expected);
    }
    assert_eq!(watch.wait(None).wake, Wake::Stopped);
    assert_eq!(watch.add("x", Scope::File), Err(WatchError::Stopped));
}

#[test]
fn a_muted_watch_wakes_nobody() {
    let yard = Yard::empty();
    let watch = Arc::new(Watch::new(config()));
    watch.add(&yard.0, Scope::Tree).unwrap();
    let other = Arc::clone(&watch);
    let waiting = thread::spawn(move || other.wait(Some(Duration::from_millis(50))));
    watch.mute();
    yard.write("app.py", "one");
    watch.wake();
    watch.stop();
    thread::sleep(Duration::from_millis(300));
    // Unless it was through before the watch was muted.
    assert!(!waiting.is_finished() || waiting.join().unwrap().wake == Wake::Stopped);
}

#[test]
fn the_end_is_quick() {
    let yard = Yard::empty();
    for number in 0..100 {
        yard.write(&format!("pkg{number}/mod.py"), "one");
    }
    for config in [config(), polling()] {
        let watch = Watch::new(config);
        watch.add(&yard.0, Scope::Tree).unwrap();
        let start = Instant::now();
        drop(watch);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    }
}
