//! postgresql.conf, sized by the machine.

use std::path::Path;

/// What the cluster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Keeps what it says it has: fsync on.
    Durable,
    /// For tests, thrown away afterwards: fast, not crash-safe.
    Throwaway,
}

/// What the machine has.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    pub memory_mib: u64,
    pub cores: usize,
}

impl Machine {
    /// Reads the memory (the control group's limit if it is lower) and the cores that we may use.
    pub fn here() -> Self {
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total =
            meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<u64>().ok());
        let total_mib = total.map_or(2_048, |kib| kib >> 10);
        let memory_mib = limit.map_or(total_mib, |bytes| total_mib.min(bytes >> 20));
        Self { memory_mib, cores: std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// The whole of postgresql.conf; an operator's own lines go to `custom.conf` beside it.
///
/// Source    `max_pred_locks_per_transaction`: at 64 SERIALIZABLE under load runs out of shared memory (53200), at 1,024 it did not.
pub fn postgresql_conf(machine: Machine, profile: Profile, socket_dir: &Path) -> String {
    let shared_mib = (machine.memory_mib / 16).clamp(64, 2_048);
    let cache_mib = (machine.memory_mib / 2).max(128);
    let maintenance_mib = (machine.memory_mib / 32).clamp(32, 512);
    let gatherers = if machine.cores > 4 { 2 } else { 0 };
    let (connections, durability) = match profile {
        Profile::Durable => (120, "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"),
        Profile::Throwaway => (400, "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"),
    };
    format!(
        "# Written by boxoffice at every start; put your own settings into custom.conf beside this file.\n\
         listen_addresses = ''\n\
         unix_socket_directories = '{socket}'\n\
         unix_socket_permissions = 0700\n\
         port = {port}\n\
         max_connections = {connections}\n\
         {durability}\
         shared_buffers = {shared_mib}MB\n\
         effective_cache_size = {cache_mib}MB\n\
         maintenance_work_mem = {maintenance_mib}MB\n\
         work_mem = 16MB\n\
         max_pred_locks_per_transaction = 1024\n\
         max_pred_locks_per_relation = 10000\n\
         wal_buffers = 16MB\n\
         max_wal_size = 4GB\n\
         min_wal_size = 256MB\n\
         checkpoint_timeout = 15min\n\
         checkpoint_completion_target = 0.9\n\
         bgwriter_delay = 50ms\n\
         random_page_cost = 1.1\n\
         effective_io_concurrency = 32\n\
         max_parallel_workers_per_gather = {gatherers}\n\
         jit = off\n\
         autovacuum_naptime = 15s\n\
         autovacuum_vacuum_scale_factor = 0.05\n\
         autovacuum_analyze_scale_factor = 0.05\n\
         idle_in_transaction_session_timeout = 15min\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         datestyle = 'iso, ymd'\n\
         lc_messages = 'C'\n\
         logging_collector = on\n\
         log_directory = 'log'\n\
         log_filename = 'postgres-%a.log'\n\
         log_truncate_on_rotation = on\n\
         log_rotation_age = 1d\n\
         log_rotation_size = 0\n\
         log_min_messages = warning\n\
         log_min_error_statement = panic\n\
         log_checkpoints = off\n\
         include_if_exists = 'custom.conf'\n",
        socket = socket_dir.display().to_string().replace('\'', "''"),
        port = PORT,
    )
}

/// The number in the socket's name; nothing listens on it.
pub const PORT: u16 = 5432;

/// Who may connect: whoever reaches the socket in its private folder.
pub const HBA: &str = "local all all trust\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_durable_cluster_keeps_fsync_on_and_listens_nowhere() {
        let conf = postgresql_conf(Machine { memory_mib: 24_000, cores: 2 }, Profile::Durable, Path::new("/tmp/it's"));
        for line in [
            "fsync = on",
            "full_page_writes = on",
            "listen_addresses = ''",
            "shared_buffers = 1500MB",
            "max_pred_locks_per_transaction = 1024",
            "unix_socket_directories = '/tmp/it''s'",
        ] {
            assert!(conf.lines().any(|found| found == line), "{line}\n{conf}");
        }
    }

    #[test]
    fn a_small_machine_gets_a_small_cluster() {
        let conf = postgresql_conf(Machine { memory_mib: 512, cores: 1 }, Profile::Durable, Path::new("/tmp/x"));
        assert!(conf.contains("shared_buffers = 64MB\n") && conf.contains("maintenance_work_mem = 32MB\n"));
        assert!(Machine::here().memory_mib > 100);
    }
}
