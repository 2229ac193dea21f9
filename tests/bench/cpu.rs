//! The CPU that a server used.

use std::ops::Sub;

use super::server::Server;

/// Seconds of CPU, from `INFO cpu`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerCpu {
    /// Of all threads.
    pub all: f64,
    /// Of the one thread that executes commands, for which other clients wait.
    pub main_thread: f64,
}

impl ServerCpu {
    /// The CPU since the start of the server.
    pub fn of(server: &Server) -> Self {
        let info = server.info("cpu");
        let seconds = |name: &str| {
            let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.and_then(|value| value.trim().parse::<f64>().ok())
        };
        let sum = |one: &str, two: &str| Some(seconds(one)? + seconds(two)?);
        let all = sum("used_cpu_sys", "used_cpu_user").expect("every server reports it");
        let main_thread = sum("used_cpu_sys_main_thread", "used_cpu_user_main_thread").unwrap_or(all);
        Self { all, main_thread }
    }
}

impl Sub for ServerCpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { all: self.all - earlier.all, main_thread: self.main_thread - earlier.main_thread }
    }
}
