//! What the figures were measured on.

/// One line: processor, cores, memory, kernel, Postgres.
pub fn describe() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory_kib: u64 = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cpu}, {cores} cores shared by server, Postgres and load generator, {} GiB, Linux {}",
        memory_kib >> 20,
        kernel.trim()
    )
}

/// A figure of a process in KiB, such as `RssAnon` or `VmHWM`. Source: proc(5), /proc/pid/status.
pub fn process_kib(pid: u32, name: &str) -> Option<u64> {
    field(&format!("/proc/{pid}/status"), name)?.split(' ').next()?.parse().ok()
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines()
        .find_map(|line| line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_a_size() {
        assert!(super::process_kib(std::process::id(), "VmHWM").is_some_and(|kib| kib > 100));
        assert!(super::describe().contains("GiB"));
    }
}
