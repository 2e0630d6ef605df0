//! Events for file systems that have none, by looking.
//!
//! One thread looks at the polled folders in turn; it exists only while there are any. It reports
//! what it finds in the same terms as the native backend, so that nothing above can tell them
//! apart. `notify`'s own polling watcher is not used because it takes a folder that does not answer
//! for one that was emptied, walks everything below it, and looks at files nobody asked for.
//!
//! What looking cannot tell:
//! - Whether the writer is done. A file that changed is looked at again after a moment, and
//!   reported as closed once it stands still.
//! - A second change within one tick of the file system's clock that leaves the size as it was. So
//!   a file that changed is reported once more when the coarsest clock (two seconds, FAT) must have
//!   ticked. The consumer compares the bytes and finds that nothing changed, mostly.
//!
//! A folder that does not answer, or whose mount went away, is reported as unreachable and keeps
//! what was known of it: a blip of the network deletes nothing.

use super::inbox::{Fault, Inbox, Tallies};
use super::interest::Kind;
use super::resolve::is_absence;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use std::{io, thread};

/// After this time, a file that changed and stands still is taken to be complete.
const STANDSTILL: Duration = Duration::from_millis(40);
/// The coarsest clock of a file system.
const CLOCK_TICK: Duration = Duration::from_secs(2);

/// What tells one state of an entry from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    is_dir: bool,
    inode: u64,
    len: u64,
    modified: Option<SystemTime>,
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let is_dir = metadata.is_dir();
        // Of a folder only its identity counts: what is in it has its own entry.
        Stamp {
            is_dir,
            inode: inode_of(metadata),
            len: if is_dir { 0 } else { metadata.len() },
            modified: if is_dir {
                None
            } else {
                metadata.modified().ok()
            },
            changed: if is_dir {
                (0, 0)
            } else {
                change_time_of(metadata)
            },
        }
    }

    /// Whether the file may have changed within the clock's present tick.
    fn is_fresh(&self) -> bool {
        let age = self.modified.and_then(|modified| modified.elapsed().ok());
        !self.is_dir && age.is_none_or(|age| age < CLOCK_TICK)
    }
}

#[cfg(unix)]
fn inode_of(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// The inode's own time: it moves even when a tool sets the time of modification back. A change of
/// the permissions moves it too; then the consumer finds the same bytes.
#[cfg(unix)]
fn change_time_of(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(unix)]
fn device_of(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn inode_of(_: &Metadata) -> u64 {
    0
}

#[cfg(not(unix))]
fn change_time_of(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

#[cfg(not(unix))]
fn device_of(_: &Metadata) -> u64 {
    0
}

type Entries = BTreeMap<OsString, Stamp>;

/// What one look at a folder showed.
struct Look {
    device: u64,
    entries: Entries,
}

/// A polled folder.
#[derive(Debug, Clone)]
struct Polled {
    device: u64,
    parent_device: Option<u64>,
    entries: Entries,
    reachable: bool,
}

#[derive(Default)]
struct State {
    folders: BTreeMap<PathBuf, Polled>,
    /// Files that changed a moment ago, and when to see whether they stand still.
    moving: BTreeMap<PathBuf, (Stamp, Instant)>,
    /// Files to be reported once more, and when.
    again: BTreeMap<PathBuf, Instant>,
    running: bool,
}

struct Shared {
    state: Mutex<State>,
    bell: Condvar,
    inbox: Arc<Inbox>,
    interval: Duration,
}

/// See the module's documentation.
pub(crate) struct PollingBackend {
    shared: Arc<Shared>,
}

impl PollingBackend {
    pub(crate) fn new(inbox: Arc<Inbox>, interval: Duration) -> Self {
        let state = Mutex::default();
        let shared = Shared {
            state,
            bell: Condvar::new(),
            inbox,
            interval,
        };
        PollingBackend {
            shared: Arc::new(shared),
        }
    }

    /// Polls one folder, from its present state on.
    pub(crate) fn watch(&self, folder: &Path) -> io::Result<()> {
        let look = look_at(&self.shared.inbox, folder)?;
        let polled = Polled {
            device: look.device,
            parent_device: parent_device(folder),
            entries: look.entries,
            reachable: true,
        };
        let mut state = self.shared.lock();
        let due = Instant::now() + CLOCK_TICK;
        for (name, stamp) in &polled.entries {
            if stamp.is_fresh() {
                state.again.insert(folder.join(name), due);
            }
        }
        state.folders.insert(folder.to_owned(), polled);
        if !state.running {
            let shared = Arc::clone(&self.shared);
            let thread = thread::Builder::new().name("reloadr-poll".into());
            thread.spawn(move || shared.run())?;
            state.running = true;
        }
        Ok(())
    }

    pub(crate) fn unwatch(&self, folder: &Path) {
        let mut state = self.shared.lock();
        state.folders.remove(folder);
        state.moving.retain(|path, _| path.parent() != Some(folder));
        state.again.retain(|path, _| path.parent() != Some(folder));
        if state.folders.is_empty() {
            self.shared.bell.notify_all();
        }
    }
}

impl Drop for PollingBackend {
    fn drop(&mut self) {
        // The thread is not waited for: it may be inside a call that a dead server holds up.
        self.shared.lock().folders.clear();
        self.shared.bell.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut next_pass = Instant::now() + self.interval;
        loop {
            let mut state = self.lock();
            loop {
                if state.folders.is_empty() || self.inbox.is_stopped() {
                    state.running = false;
                    return;
                }
                let due = self.next_due(&state, next_pass);
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = match self.bell.wait_timeout(state, left) {
                    Ok((guard, _)) => guard,
                    Err(poisoned) => poisoned.into_inner().0,
                };
            }
            drop(state);
            self.report_standstill();
            self.report_again();
            if Instant::now() >= next_pass {
                self.pass();
                next_pass = Instant::now() + self.interval;
            }
        }
    }

    fn next_due(&self, state: &State, next_pass: Instant) -> Instant {
        let moving = state.moving.values().map(|(_, due)| *due);
        moving
            .chain(state.again.values().copied())
            .fold(next_pass, Instant::min)
    }

    /// Looks once at every folder. No lock is held while the file system is asked.
    fn pass(&self) {
        Tallies::count(&self.inbox.tallies.poll_passes);
        let folders: Vec<PathBuf> = self.lock().folders.keys().cloned().collect();
        for folder in folders {
            let look = look_at(&self.inbox, &folder);
            let Some(before) = self.lock().folders.get(&folder).cloned() else {
                continue;
            };
            match look {
                Ok(look) if is_same_mount(&before, &look) => self.compare(&folder, before, look),
                Ok(_) => self.lose(&folder, "its file system is not mounted"),
                Err(error) if is_absence(&error) && is_deleted(&folder, &before) => {
                    self.lock().folders.remove(&folder);
                    self.inbox.push(Kind::Removed, &folder);
                }
                Err(error) => self.lose(&folder, &error.to_string()),
            }
        }
    }

    fn lose(&self, folder: &Path, reason: &str) {
        let mut state = self.lock();
        let Some(polled) = state.folders.get_mut(folder) else {
            return;
        };
        if std::mem::replace(&mut polled.reachable, false) {
            drop(state);
            self.inbox
                .fault(Fault::Unreachable(folder.to_owned(), reason.to_owned()));
        }
    }

    fn compare(&self, folder: &Path, before: Polled, look: Look) {
        let now = Instant::now();
        let mut news: Vec<(Kind, PathBuf)> = Vec::new();
        let mut state = self.lock();
        let Some(polled) = state.folders.get_mut(folder) else {
            return;
        };
        polled.device = look.device;
        polled.reachable = true;
        polled.entries.clone_from(&look.entries);
        for (name, stamp) in &look.entries {
            let path = folder.join(name);
            match before.entries.get(name) {
                Some(old) if old == stamp => continue,
                Some(old) if old.is_dir && stamp.is_dir => news.push((Kind::Removed, path.clone())),
                _ => {}
            }
            if stamp.is_dir {
                news.push((Kind::CreatedFolder, path));
            } else {
                let is_new = !before.entries.contains_key(name);
                state
                    .moving
                    .insert(path.clone(), (*stamp, now + STANDSTILL));
                state.again.insert(path.clone(), now + CLOCK_TICK);
                news.push((if is_new { Kind::Created } else { Kind::Written }, path));
            }
        }
        for name in before
            .entries
            .keys()
            .filter(|name| !look.entries.contains_key(*name))
        {
            news.push((Kind::Removed, folder.join(name)));
        }
        drop(state);
        if !before.reachable {
            self.inbox.fault(Fault::Reachable(folder.to_owned()));
        }
        for (kind, path) in news {
            self.inbox.push(kind, &path);
        }
    }

    /// Reports the files that changed a moment ago and have not since.
    fn report_standstill(&self) {
        let now = Instant::now();
        let due: Vec<(PathBuf, Stamp)> = {
            let mut state = self.lock();
            let due = |(_, due): &(Stamp, Instant)| *due <= now;
            let ripe = state.moving.iter().filter(|(_, entry)| due(entry));
            let ripe: Vec<_> = ripe
                .map(|(path, (stamp, _))| (path.clone(), *stamp))
                .collect();
            state.moving.retain(|_, entry| !due(entry));
            ripe
        };
        for (path, before) in due {
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue;
            };
            let stamp = Stamp::of(&metadata);
            if stamp == before {
                self.inbox.push(Kind::Closed, &path);
                continue;
            }
            self.inbox.push(Kind::Written, &path);
            let mut state = self.lock();
            if let (Some(folder), Some(name)) = (path.parent(), path.file_name())
                && let Some(polled) = state.folders.get_mut(folder)
            {
                polled.entries.insert(name.to_owned(), stamp);
                state.moving.insert(path, (stamp, now + STANDSTILL));
            }
        }
    }

    fn report_again(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        let due: Vec<PathBuf> = state
            .again
            .iter()
            .filter(|(_, due)| **due <= now)
            .map(|(p, _)| p.clone())
            .collect();
        for path in &due {
            state.again.remove(path);
        }
        drop(state);
        for path in due {
            self.inbox.push(Kind::Closed, &path);
        }
    }
}

fn look_at(inbox: &Inbox, folder: &Path) -> io::Result<Look> {
    let device = device_of(&fs::metadata(folder)?);
    let mut entries = Entries::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !is_wanted(inbox, folder, &name, &entry) {
            continue;
        }
        match fs::symlink_metadata(entry.path()) {
            Ok(metadata) => {
                entries.insert(name, Stamp::of(&metadata));
            }
            Err(error) if is_absence(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Look { device, entries })
}

fn is_wanted(inbox: &Inbox, folder: &Path, name: &OsStr, entry: &fs::DirEntry) -> bool {
    let (wanted, wanted_if_folder) = inbox.with_interest(|interest| {
        let file = interest.wants_file(folder, name) || interest.wants_mark(folder, name);
        (file, interest.wants_folder(folder, name))
    });
    let may_be_folder = || {
        entry
            .file_type()
            .is_ok_and(|kind| kind.is_dir() || kind.is_symlink())
    };
    wanted || (wanted_if_folder && may_be_folder())
}

fn parent_device(folder: &Path) -> Option<u64> {
    fs::metadata(folder.parent()?)
        .ok()
        .map(|metadata| device_of(&metadata))
}

/// A mount that went away leaves an empty folder of another device; one that came back has a new
/// device number and the old files.
fn is_same_mount(before: &Polled, look: &Look) -> bool {
    before.device == look.device
        || before.entries.is_empty()
        || before
            .entries
            .keys()
            .any(|name| look.entries.contains_key(name))
}

/// Whether a folder that is not there was deleted, rather than unmounted together with its parent.
fn is_deleted(folder: &Path, before: &Polled) -> bool {
    before.parent_device.is_some() && parent_device(folder) == before.parent_device
}
