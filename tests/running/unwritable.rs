use std::fs::File;
use std::process::Stdio;

use serde_json::Value;

use crate::races::crowd::Crowd;
use crate::races::program::Program;

/// Standard errors that take nothing: a full disk, and a pipe that nobody reads any more.
fn unwritable() -> [Stdio; 2] {
    let full = File::options().write(true).open("/dev/full").expect("the device that is always full");
    let (reader, closed) = std::io::pipe().expect("a pipe");
    drop(reader);
    [full.into(), closed.into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_cannot_be_written_sells_on_and_revives_postgres() {
    for stderr in unwritable() {
        let home = tempfile::tempdir().expect("a directory");
        let mut program = Program::new(home.path());
        program.start_into(stderr).await;
        let mut crowd = Crowd::at(&program).await;
        crowd.has_answers(20).await;
        // the death is logged, and so is each connection that is lost with it
        program.kill_postgres();
        crowd.has_answers(60).await;
        let ready = acceptance::client().get(format!("{}/readyz", program.base)).send().await.expect("an answer");
        assert_eq!(ready.status(), 200);
        let ready: Value = ready.json().await.expect("JSON");
        assert_eq!(ready["tasks"], "ok");
        crowd.serve_out(&mut program).await;
    }
}
