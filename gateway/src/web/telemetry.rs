//! Log lines to standard error, metrics for Prometheus.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::settings::cli::LogFormat;

/// Upper bounds of the latency buckets, in seconds.
const SECONDS: [f64; 14] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Upper bounds for counts, such as the commands in one transaction.
const COUNTS: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];

/// Begins to log; the first call in a process counts.
pub fn log(format: LogFormat, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log-filter {filter:?}: {error}"))?;
    // a line that cannot be written (a full disk, a closed pipe) is lost; told of on standard error too, it would end the thread
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    let _ = match format {
        LogFormat::Text => builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Begins to measure; gives the one handle of the process.
pub fn measure() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), &SECONDS)
            .and_then(|builder| builder.set_buckets(&COUNTS));
        let builder = builder.unwrap_or_else(|error| unreachable!("buckets are not empty: {error}"));
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // another recorder may be there in a test's process; then ours stays empty
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_shown_with_its_buckets() {
        let handle = measure();
        metrics::histogram!("test_duration_seconds").record(0.003);
        metrics::counter!("test_total").increment(2);
        let text = handle.render();
        assert!(text.contains("test_duration_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(text.contains("test_total 2"), "{text}");
    }

    #[test]
    fn a_wrong_filter_is_said() {
        assert!(log(LogFormat::Text, "gateway=loud").is_err());
    }
}
