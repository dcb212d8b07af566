use crate::races::program::Program;

#[tokio::test]
async fn commands_that_read_or_repair_refuse_an_empty_directory_and_leave_it_empty() {
    let home = tempfile::tempdir().expect("a directory");
    let program = Program::new(home.path());
    for command in [
        &["audit"][..],
        &["audit", "--json"],
        &["reindex"],
        &["reindex", "--verify"],
        &["admin", "create-key", "--role", "admin"],
        &["admin", "rotate-signing-keys"],
    ] {
        let ended = program.run(command).await;
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("there is nothing here"), "{command:?}: {said}");
        assert_eq!(std::fs::read_dir(home.path()).expect("readable").count(), 0, "{command:?} made something");
    }
}
