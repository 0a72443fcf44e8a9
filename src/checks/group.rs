//! What a program and everything that it started make up: ended together.

use rustix::process::{Pid, Signal, kill_process_group};

/// A group of processes. It is killed when this goes, so that nothing is left of a run that is given up.
pub struct Group(Option<Pid>);

impl Group {
    /// The group of a child that was started as the first of one; its id is the group's.
    pub fn led_by(child: Option<u32>) -> Self {
        Self(child.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Kills whoever is in it.
    pub fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            // Only fails when nobody is left in it.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
