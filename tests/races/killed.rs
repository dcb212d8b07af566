//! The server, or Postgres under it, is killed again and again while buyers crowd a small house.

use super::crowd::Crowd;
use super::program::Program;

const KILLS: u32 = 3;
/// Answered holds between two kills: more than can be under way at once, so that each kill meets what came back after the one before.
const BETWEEN: u32 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn no_seat_is_sold_twice_and_no_payment_is_kept_without_a_ticket_while_the_server_is_killed() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let mut crowd = Crowd::at(&program).await;
    for kill in 1..=KILLS {
        crowd.has_answers(kill * BETWEEN).await;
        program.kill().await;
        program.start().await;
    }
    crowd.serve_out(&mut program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_under_load_and_comes_back_without_the_server_being_started_again() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let mut crowd = Crowd::at(&program).await;
    for kill in 1..=KILLS {
        crowd.has_answers(kill * BETWEEN).await;
        program.kill_postgres();
    }
    crowd.serve_out(&mut program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_killed_at_once_and_the_next_start_is_the_first_try() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let mut crowd = Crowd::at(&program).await;
    crowd.has_answers(BETWEEN).await;
    program.kill_postgres();
    program.kill().await;
    program.start().await;
    crowd.serve_out(&mut program).await;
}
