//! Where the backends' threads leave their events and the consumer waits for them.
//!
//! Events are judged here, on the backend's thread, so that what nobody asked for wakes nobody.
//! The lock is held for moments only and never while a backend is called: a backend's thread
//! waits for it, and a backend's caller waits for that thread.

use super::interest::{Interest, Kind, Raw, Verdict};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A consumer that sleeps through more events than this looks at everything again instead.
const MOST_EVENTS: usize = 1 << 16;

/// Something a backend must tell that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The system's limit of watches is reached.
    WatchLimit(PathBuf),
    /// A folder does not answer, for this reason. Its files are not called removed.
    Unreachable(PathBuf, String),
    /// It answers again.
    Reachable(PathBuf),
    /// Anything else, in the words of the platform.
    Other(String),
}

/// What has come in since the last look.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    pub events: Vec<Raw>,
    pub overflow: bool,
    pub faults: Vec<Fault>,
    pub woken: bool,
    pub stopped: bool,
    /// There may be news that are not in the mail: look at the registry again.
    nudged: bool,
    /// The process ends: nobody is woken any more.
    muted: bool,
}

impl Mail {
    fn is_news(&self) -> bool {
        let any = !self.events.is_empty() || !self.faults.is_empty();
        any || self.overflow || self.woken || self.stopped || self.nudged
    }
}

/// How often things happened; for tests and for the curious.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    pub received: AtomicU64,
    pub admitted: AtomicU64,
    pub wakeups: AtomicU64,
    pub batches: AtomicU64,
    pub poll_passes: AtomicU64,
}

impl Tallies {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Shared {
    interest: Interest,
    mail: Mail,
    /// See [`Inbox::await_probe`].
    probes: u64,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    shared: Mutex<Shared>,
    bell: Condvar,
    pub tallies: Tallies,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing that can panic happens under the lock; a poisoned one is still whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads or changes what matters.
    pub(crate) fn with_interest<T>(&self, f: impl FnOnce(&mut Interest) -> T) -> T {
        f(&mut self.lock().interest)
    }

    /// A backend came upon the event that was brought about to see how far it is.
    pub(crate) fn probe_seen(&self) {
        self.lock().probes += 1;
        self.bell.notify_all();
    }

    /// How many of those were seen.
    pub(crate) fn probes(&self) -> u64 {
        self.lock().probes
    }

    /// Waits for the next one after so many: everything that happened before it is in the mail
    /// then. Whether it came in time.
    pub(crate) fn await_probe(&self, seen: u64, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut shared = self.lock();
        while shared.probes <= seen {
            let left = end.saturating_duration_since(Instant::now());
            if shared.mail.overflow {
                // It may be lost with the others; everything is looked at anyway.
                return true;
            }
            if left.is_zero() || shared.mail.stopped {
                return false;
            }
            shared = match self.bell.wait_timeout(shared, left) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        true
    }

    /// An event from a backend. Wakes the consumer if it matters.
    pub(crate) fn push(&self, kind: Kind, path: &Path) {
        Tallies::count(&self.tallies.received);
        let mut shared = self.lock();
        match shared.interest.judge(kind, path) {
            Verdict::No => return,
            Verdict::Yes => {}
            Verdict::IfFolder => {
                drop(shared);
                let metadata = std::fs::symlink_metadata(path);
                if !metadata.is_ok_and(|m| m.is_dir() || m.is_symlink()) {
                    return;
                }
                shared = self.lock();
            }
        }
        Tallies::count(&self.tallies.admitted);
        let mail = &mut shared.mail;
        if mail
            .events
            .last()
            .is_some_and(|last| last.kind == kind && last.path == path)
        {
            return;
        }
        if mail.events.len() >= MOST_EVENTS {
            mail.events = Vec::new();
            mail.overflow = true;
        }
        mail.events.push(Raw {
            kind,
            path: path.to_owned(),
        });
        drop(shared);
        self.bell.notify_one();
    }

    /// Events were lost.
    pub(crate) fn overflow(&self) {
        self.lock().mail.overflow = true;
        self.bell.notify_one();
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.lock().mail.faults.push(fault);
        self.bell.notify_one();
    }

    pub(crate) fn wake(&self) {
        self.lock().mail.woken = true;
        self.bell.notify_one();
    }

    pub(crate) fn nudge(&self) {
        self.lock().mail.nudged = true;
        self.bell.notify_one();
    }

    pub(crate) fn stop(&self) {
        self.lock().mail.stopped = true;
        self.bell.notify_all();
    }

    pub(crate) fn mute(&self) {
        self.lock().mail.muted = true;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().mail.stopped
    }

    /// Takes what has come in. The wish to be woken stays until [`Inbox::take_woken`], and being
    /// stopped is for good.
    pub(crate) fn take(&self) -> Mail {
        let mut shared = self.lock();
        let mail = &mut shared.mail;
        let rest = Mail {
            woken: mail.woken,
            stopped: mail.stopped,
            muted: mail.muted,
            ..Mail::default()
        };
        std::mem::replace(mail, rest)
    }

    pub(crate) fn take_woken(&self) -> bool {
        std::mem::take(&mut self.lock().mail.woken)
    }

    pub(crate) fn has_events(&self) -> bool {
        !self.lock().mail.events.is_empty()
    }

    /// Blocks until there is news or the instant has come. No time limit: no wake-up.
    pub(crate) fn wait(&self, until: Option<Instant>) {
        let mut shared = self.lock();
        while shared.mail.muted || !shared.mail.is_news() {
            let left = match until {
                Some(until) if !shared.mail.muted => {
                    Some(until.saturating_duration_since(Instant::now()))
                }
                _ => None,
            };
            if left.is_some_and(|left| left.is_zero()) {
                break;
            }
            shared = match left {
                Some(left) => match self.bell.wait_timeout(shared, left) {
                    Ok((guard, _)) => guard,
                    Err(poisoned) => poisoned.into_inner().0,
                },
                None => self
                    .bell
                    .wait(shared)
                    .unwrap_or_else(PoisonError::into_inner),
            };
            Tallies::count(&self.tallies.wakeups);
        }
    }
}
