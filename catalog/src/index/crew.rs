//! The threads that open an index: as many as there are processors, for as long as it takes.

use tantivy::Executor;

use super::Fault;

/// Does the same to each of some things, several at a time; one alone on the thread that asks.
///
/// Gives     what became of each, in their order.
pub fn each<A: Send, R: Send>(things: Vec<A>, what: impl Fn(A) -> Result<R, Fault> + Sync) -> Result<Vec<R>, Fault> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(things.len());
    let crew = if threads > 1 { Executor::multi_thread(threads, "open-")? } else { Executor::single_thread() };
    crew.map(|thing| Ok(what(thing)), things.into_iter())?.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_each_comes_in_order_and_one_that_fails_is_told() {
        assert_eq!(each((0..50).collect(), |n| Ok(n * 2)).expect("all"), (0..50).map(|n| n * 2).collect::<Vec<_>>());
        assert!(each(Vec::<u8>::new(), Ok).expect("none").is_empty());
        let failed = each((0..50).collect(), |n| if n == 7 { Err(Fault::Internal("seven".into())) } else { Ok(n) });
        assert!(failed.expect_err("one fails").to_string().contains("seven"));
    }
}
