//! What the tests of the watcher share: a yard to work in, a watch whose deliveries are kept, and
//! waits that say what happened when they fail. Included by the test files; has no tests itself.

#![allow(
    dead_code,
    missing_docs,
    reason = "each test file uses a part of it, under names that tell"
)]

use reloadr::watch::{Batch, Config, Event, Problem, Scope, Wake, Watch};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Long enough for a busy machine; no test waits that long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An empty folder of its own, under its real path; gone at the end.
pub struct Yard(pub PathBuf);

impl Yard {
    pub fn empty() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("reloadr-watch-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Yard(fs::canonicalize(path).unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The default choices, except that what hangs on a writer's speed hangs on its close alone: a
/// busy machine may stop any thread for longer than the defaults wait.
pub fn config() -> Config {
    let mut config = Config::default();
    config.timing.unclosed_quiet = Duration::from_secs(8);
    config.timing.unclosed_limit = Duration::from_secs(10);
    config
}

/// [`config`] with a removal that is soon believed.
pub fn impatient() -> Config {
    let mut config = config();
    config.timing.removal_grace = Duration::from_millis(150);
    config
}

/// [`config`] with everything polled, often.
pub fn polling() -> Config {
    let mut config = impatient();
    config.poll_everything = true;
    config.poll_interval = Duration::from_millis(30);
    config
}

/// A watch and what it delivered.
pub struct Rig {
    pub watch: Watch,
    start: Instant,
    pub log: Vec<(Duration, Batch)>,
    mark: usize,
}

impl Rig {
    pub fn new(config: Config) -> Self {
        Rig {
            watch: Watch::new(config),
            start: Instant::now(),
            log: Vec::new(),
            mark: 0,
        }
    }

    /// A rig that watches a tree.
    pub fn tree(config: Config, root: &Path) -> Self {
        let rig = Rig::new(config);
        rig.watch.add(root, Scope::Tree).unwrap();
        rig
    }

    /// A rig that watches files.
    pub fn files(config: Config, files: &[&Path]) -> Self {
        let rig = Rig::new(config);
        for file in files {
            rig.watch.add(file, Scope::File).unwrap();
        }
        rig
    }

    /// Forgets, for what follows, what was delivered so far.
    pub fn mark(&mut self) {
        self.mark = self.log.len();
    }

    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.log[self.mark..].iter().map(|(_, batch)| batch)
    }

    pub fn events(&self) -> Vec<Event> {
        self.batches()
            .flat_map(|batch| batch.events.clone())
            .collect()
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.batches()
            .flat_map(|batch| batch.problems.clone())
            .collect()
    }

    /// Waits until what was delivered since the mark fulfils the condition.
    #[track_caller]
    pub fn until(&mut self, what: &str, condition: impl Fn(&Rig) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {what}; {}",
                self.told()
            );
            // The condition may ask the watch itself, whose state changes without a batch.
            self.step(left.min(Duration::from_millis(100)));
        }
    }

    /// Waits for a change of this path.
    #[track_caller]
    pub fn until_changed(&mut self, path: &Path) {
        let event = Event::Changed(path.to_owned());
        self.until(&format!("{event:?}"), |rig| rig.events().contains(&event));
    }

    /// Waits for the removal of this path.
    #[track_caller]
    pub fn until_removed(&mut self, path: &Path) {
        let event = Event::Removed(path.to_owned());
        self.until(&format!("{event:?}"), |rig| rig.events().contains(&event));
    }

    /// One wait, logged.
    pub fn step(&mut self, timeout: Duration) -> Wake {
        let batch = self.watch.wait(Some(timeout));
        let wake = batch.wake;
        if wake != Wake::Timeout {
            self.log.push((self.start.elapsed(), batch));
        }
        wake
    }

    /// Saves a module that has nothing to do with the test and waits for it: what happened before
    /// was delivered then, but for what waits for time to pass. Takes that time as well.
    #[track_caller]
    pub fn flush(&mut self, sentinel: &Path, time: Duration) {
        replace(sentinel, "sentinel");
        self.until_changed(sentinel);
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.step(left);
        }
    }

    /// The events that were delivered since the mark are exactly these, in this order.
    #[track_caller]
    pub fn expect(&self, events: &[Event]) {
        assert_eq!(self.events(), events, "{}", self.told());
    }

    pub fn told(&self) -> String {
        let mut text = String::from("delivered:\n");
        for (at, batch) in &self.log {
            text += &format!("  {at:>12.3?} {:?} {:?}\n", batch.events, batch.problems);
        }
        text + &format!(
            "  problems {:?}\n  {:?}",
            self.watch.problems(),
            self.watch.counters()
        )
    }
}

pub fn changed(path: &Path) -> Event {
    Event::Changed(path.to_owned())
}

pub fn removed(path: &Path) -> Event {
    Event::Removed(path.to_owned())
}

/// A save as most tools do it: a hidden file beside it, renamed into place.
pub fn replace(path: &Path, content: &str) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let temporary = path.with_file_name(format!(".{name}.tmp"));
    fs::write(&temporary, content).unwrap();
    fs::rename(&temporary, path).unwrap();
}

/// A save as vim does it with its defaults: the old file is renamed to the backup, the new one
/// written under the old name, the backup deleted; a probe file first.
pub fn save_like_vim(path: &Path, content: &str) {
    let probe = path.with_file_name("4913");
    fs::File::create(&probe).unwrap();
    fs::remove_file(&probe).unwrap();
    let backup = PathBuf::from(format!("{}~", path.display()));
    fs::rename(path, &backup).unwrap();
    fs::write(path, content).unwrap();
    fs::remove_file(&backup).unwrap();
}
