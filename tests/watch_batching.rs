//! What belongs together comes together, and nobody waits for what has nothing to do with it.

#[path = "watch_support.rs"]
mod support;

use reloadr::watch::{Config, Event, Scope, Wake};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::*;

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "gc.auto=0",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}

/// A repository with two branches that differ in 500 files: 480 changed, 10 only in `one`, 10 only
/// in `two`. `one` is checked out.
fn repository(root: &Path) -> BTreeSet<Event> {
    let file = |number: usize| root.join(format!("pkg{}/mod{number}.py", number % 7));
    let fill = |numbers: std::ops::Range<usize>, content: &str| {
        for number in numbers {
            fs::create_dir_all(file(number).parent().unwrap()).unwrap();
            fs::write(file(number), format!("value = {content:?}\n")).unwrap();
        }
    };
    git(root, &["init", "-q", "-b", "two"]);
    fill(10..500, "two");
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "two"]);
    git(root, &["checkout", "-q", "-b", "one"]);
    (490..500).for_each(|number| fs::remove_file(file(number)).unwrap());
    fill(0..490, "one");
    git(root, &["add", "-A", "."]);
    git(root, &["commit", "-q", "-m", "one"]);
    let changed = (10..500).map(|number| Event::Changed(file(number)));
    changed
        .chain((0..10).map(|number| Event::Removed(file(number))))
        .collect()
}

#[test]
fn a_checkout_of_500_files_is_one_batch() {
    let yard = Yard::empty();
    let expected = repository(&yard.0);
    let mut config = config();
    // A machine that stops git for a while in the middle of it must not fail the test.
    config.timing.lock_gap = Duration::from_secs(2);
    config.timing.lock_limit = Duration::from_secs(20);
    let mut rig = Rig::tree(config, &yard.0);
    git(&yard.0, &["checkout", "-q", "two"]);
    rig.until("the whole checkout", |rig| {
        rig.events().len() >= expected.len()
    });
    let events: BTreeSet<Event> = rig.events().into_iter().collect();
    assert_eq!(events, expected, "{}", rig.told());
    assert_eq!(rig.batches().count(), 1, "{}", rig.told());

    // And from a folder inside of the repository, whose root is not watched itself.
    drop(rig);
    let mut rig = Rig::new(config_with_patience());
    rig.watch.add(yard.path("pkg1"), Scope::Folder).unwrap();
    git(&yard.0, &["checkout", "-q", "one"]);
    rig.until("its part of the checkout", |rig| rig.events().len() >= 70);
    assert_eq!(rig.batches().count(), 1, "{}", rig.told());
}

fn config_with_patience() -> Config {
    let mut config = config();
    config.timing.lock_gap = Duration::from_secs(2);
    config.timing.lock_limit = Duration::from_secs(20);
    config
}

#[test]
fn a_work_tree_apart_from_its_repository_is_known() {
    let yard = Yard::empty();
    fs::create_dir(yard.path("main")).unwrap();
    repository(&yard.path("main"));
    git(
        &yard.path("main"),
        &["worktree", "add", "-q", "../tree", "two"],
    );
    let mut rig = Rig::tree(config_with_patience(), &yard.path("tree"));
    git(&yard.path("tree"), &["checkout", "-q", "--detach", "one"]);
    rig.until("the whole checkout", |rig| rig.events().len() >= 500);
    assert_eq!(rig.batches().count(), 1, "{}", rig.told());
}

#[test]
fn what_a_repository_has_done_since_comes_with_the_batch() {
    let yard = Yard::empty();
    repository(&yard.0);
    // `three` differs from `one` in a single file.
    git(&yard.0, &["checkout", "-q", "-b", "three"]);
    fs::write(yard.path("pkg1/mod15.py"), "value = 'three'\n").unwrap();
    git(&yard.0, &["commit", "-q", "-am", "three"]);
    let mut config = config_with_patience();
    // The thread that hands events over is late; both checkouts are over when the first one's are delivered.
    config.faults.lag_at_locks = Duration::from_millis(700);
    let mut rig = Rig::tree(config, &yard.0);
    git(&yard.0, &["checkout", "-q", "one"]);
    git(&yard.0, &["checkout", "-q", "two"]);
    rig.until("both checkouts", |rig| rig.events().len() >= 500);
    assert_eq!(rig.batches().count(), 1, "{}", rig.told());
}

#[test]
fn a_repository_that_is_being_rewritten_is_not_at_rest() {
    let yard = Yard::empty();
    repository(&yard.0);
    let app = yard.path("pkg1/mod15.py");
    let mut rig = Rig::files(config_with_patience(), &[&app]);
    let before = rig.watch.rest();
    assert!(before.is_some());
    let lock = yard.path(".git/index.lock");
    let held = fs::File::create_new(&lock).unwrap();
    assert_eq!(
        rig.watch.rest(),
        None,
        "the event need not be here for that"
    );
    fs::write(&app, "value = 'new'\n").unwrap();
    assert!(
        rig.watch
            .wait(Some(Duration::from_millis(300)))
            .events
            .is_empty()
    );
    drop(held);
    fs::rename(&lock, yard.path(".git/index")).unwrap();
    assert_eq!(
        rig.watch.rest(),
        None,
        "its events are still to be taken in"
    );
    rig.until("the file", |rig| !rig.events().is_empty());
    let after = rig.watch.rest();
    assert!(after.is_some() && after != before, "{before:?} {after:?}");

    // What could not be read meanwhile is delivered again.
    rig.mark();
    rig.watch.again(std::slice::from_ref(&app)).unwrap();
    rig.until("the file again", |rig| !rig.events().is_empty());
    assert_eq!(rig.events(), [changed(&app)]);
}

#[test]
fn a_lock_that_was_left_behind_does_not_hold_up_saves() {
    let yard = Yard::empty();
    repository(&yard.0);
    let app = yard.path("pkg1/mod15.py");
    let mut rig = Rig::files(config(), &[&app]);
    fs::write(yard.path(".git/index.lock"), "").unwrap();
    fs::write(&app, "value = 'new'\n").unwrap();
    rig.until("the save", |rig| !rig.events().is_empty());
    assert!(rig.watch.rest().is_some(), "and what is read then counts");
}

#[test]
fn without_a_repository_a_bulk_copy_comes_in_few_batches() {
    let yard = Yard::empty();
    let mut rig = Rig::tree(config(), &yard.0);
    let files: Vec<PathBuf> = (0..500).map(|n| yard.path(&format!("mod{n}.py"))).collect();
    for file in &files {
        fs::write(file, "value = 1\n").unwrap();
    }
    rig.until("all files", |rig| rig.events().len() >= 500);
    let seen: BTreeSet<Event> = rig.events().into_iter().collect();
    assert_eq!(seen, files.iter().map(|file| changed(file)).collect());
    assert!(rig.batches().count() <= 50, "{}", rig.told());
}

/// Runs `work` while another thread makes noise without a pause.
fn with_noise(noise: impl Fn() + Sync, work: impl FnOnce()) {
    /// Ends the noise also when the work panics, or the scope would wait for it for ever.
    struct Silence<'a>(&'a AtomicBool);
    impl Drop for Silence<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                noise();
            }
        });
        let _silence = Silence(&done);
        work();
    });
}

#[test]
fn a_writer_that_never_pauses_starves_nobody() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let noisy = yard.write("noisy.py", "");
    let mut rig = Rig::tree(Config::default(), &yard.0);
    let open = || OpenOptions::new().append(true).open(&noisy).unwrap();
    let never_closed = open();
    let noise = || {
        (&never_closed).write_all(b"#\n").unwrap();
        drop(open());
        std::thread::sleep(Duration::from_micros(300));
    };
    with_noise(noise, || {
        for content in ["two", "three", "four"] {
            rig.mark();
            replace(&app, content);
            let start = Instant::now();
            rig.until_changed(&app);
            assert!(start.elapsed() < Duration::from_secs(10), "{}", rig.told());
        }
        rig.mark();
        rig.until_changed(&noisy);
    });
}

#[test]
fn an_event_that_changes_nothing_does_not_prolong_the_wait() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut config = Config::default();
    config.timing.unclosed_quiet = Duration::from_millis(200);
    config.timing.unclosed_limit = Duration::from_secs(1000);
    let mut rig = Rig::tree(config, &yard.0);
    let noise = || {
        let modified = fs::metadata(&app).unwrap().permissions();
        fs::set_permissions(&app, modified).unwrap();
        fs::read(&app).unwrap();
        fs::write(yard.path("notes.txt"), "noise").unwrap();
        std::thread::sleep(Duration::from_millis(1));
    };
    with_noise(noise, || {
        // Never closed, so it is delivered after a quiet time, or never if the noise counts.
        let mut file = OpenOptions::new().append(true).open(&app).unwrap();
        file.write_all(b"two").unwrap();
        rig.until_changed(&app);
        drop(file);
    });
}

#[test]
fn an_empty_file_waits_for_its_content() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut rig = Rig::tree(config(), &yard.0);
    fs::write(&app, "").unwrap();
    assert_eq!(
        rig.step(Duration::from_millis(200)),
        Wake::Timeout,
        "{}",
        rig.told()
    );
    fs::write(&app, "two").unwrap();
    rig.until_changed(&app);
    rig.flush(&yard.path("other.py"), Duration::ZERO);
    rig.expect(&[changed(&app), changed(&yard.path("other.py"))]);
}

#[test]
fn a_file_that_stays_empty_is_seen_in_the_end() {
    let yard = Yard::empty();
    let mut rig = Rig::tree(Config::default(), &yard.0);
    let init = yard.write("pkg/__init__.py", "");
    rig.until_changed(&init);
}

#[test]
fn a_file_that_is_never_closed_is_seen_in_the_end() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let mut rig = Rig::tree(Config::default(), &yard.0);
    let mut file = OpenOptions::new().append(true).open(&app).unwrap();
    for _ in 0..3 {
        rig.mark();
        file.write_all(b"more").unwrap();
        rig.until_changed(&app);
    }
}

#[test]
fn an_unrelated_event_never_swallows_the_next_real_one() {
    let yard = Yard::empty();
    let app = yard.write("app.py", "");
    let mut rig = Rig::tree(config(), &yard.0);
    for round in 0..200 {
        rig.mark();
        match round % 4 {
            0 => drop(yard.write("app.py~", "noise")),
            1 => drop(fs::read(&app).unwrap()),
            2 => drop(yard.write(".app.py.swp", "noise")),
            _ => rig.watch.wake(),
        }
        let content = format!("value = {round}");
        match round % 2 {
            0 => replace(&app, &content),
            _ => fs::write(&app, &content).unwrap(),
        }
        rig.until_changed(&app);
    }
}

#[test]
fn a_real_overflow_of_the_queue_leads_to_a_rescan_and_the_watch_goes_on() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events");
    let Ok(limit) = limit.unwrap_or_default().trim().parse::<usize>() else {
        return eprintln!("skipped: here is no queue whose length is known");
    };
    let yard = Yard::empty();
    let app = yard.write("app.py", "one");
    let others = [yard.write("a.txt", ""), yard.write("b.txt", "")];
    let mut config = impatient();
    // Nobody reads the queue for a while: it fills up, and what comes then is lost.
    config.faults.lag_at_locks = Duration::from_secs(2);
    let mut rig = Rig::tree(config, &yard.0);
    yard.write("some.lock", "");
    // Twice what it holds: some of it is read together with the news of the lock, if the reader comes late.
    for round in 0..2 * limit {
        fs::File::open(&others[round % 2]).unwrap();
    }
    fs::write(&app, "two").unwrap();
    let modules = [1, 2, 3].map(|number| yard.write(&format!("pkg{number}/mod.py"), "x = 1"));
    rig.until("the news of the loss", |rig| {
        rig.events().contains(&Event::Rescan)
    });
    // Packages whose creation was lost are known, and watched.
    for module in &modules {
        rig.until_changed(module);
    }
    settle(&mut rig);
    for module in &modules {
        rig.mark();
        replace(module, "x = 2");
        rig.until_changed(module);
    }
}

fn settle(rig: &mut Rig) {
    while rig.step(Duration::from_millis(300)) != Wake::Timeout {}
}

#[test]
fn lost_events_lead_to_a_rescan_that_finds_what_appeared_and_went() {
    for config in [impatient(), polling()] {
        let yard = Yard::empty();
        let app = yard.write("app.py", "one");
        let mut rig = Rig::tree(config, &yard.0);
        rig.watch.inject_overflow();
        rig.until("the rescan", |rig| rig.events().contains(&Event::Rescan));
        rig.mark();
        // What is queued when events were lost is dropped: the rescan must do without.
        fs::remove_file(&app).unwrap();
        let module = yard.write("pkg/sub/mod.py", "new");
        rig.watch.inject_overflow();
        rig.until_changed(&module);
        rig.until_removed(&app);
        assert!(rig.events().contains(&Event::Rescan), "{}", rig.told());
        rig.mark();
        replace(&module, "newer");
        rig.until_changed(&module);
    }
}

/// The watcher asks the monotonic clock only; the wall clock shows up in the files' times.
#[test]
fn a_jump_of_the_wall_clock_does_not_matter() {
    for config in [impatient(), polling()] {
        let yard = Yard::empty();
        let app = yard.write("app.py", "one");
        let mut rig = Rig::tree(config, &yard.0);
        let year = Duration::from_secs(365 * 86_400);
        let now = std::time::SystemTime::now();
        for (content, time) in [("two", now + 50 * year), ("three", now - 20 * year)] {
            rig.mark();
            let new = yard.write(".new", content);
            OpenOptions::new()
                .write(true)
                .open(&new)
                .unwrap()
                .set_modified(time)
                .unwrap();
            fs::rename(&new, &app).unwrap();
            rig.until_changed(&app);
        }
    }
}
