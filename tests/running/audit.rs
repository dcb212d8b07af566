use serde_json::Value;

use crate::races::program::Program;

#[tokio::test]
async fn an_audit_speaks_to_people_and_to_programs() {
    let home = tempfile::tempdir().expect("a directory");
    let program = Program::new(home.path());
    let made = program.run(&["migrate"]).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let told = program.run(&["audit"]).await;
    assert_eq!(told.status.code(), Some(0));
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.starts_with("looked at 0 events") && told.contains("all is accounted for"), "{told}");
    let told = program.run(&["audit", "--json"]).await;
    let report: Value = serde_json::from_slice(&told.stdout).expect("JSON alone");
    assert_eq!((&report["clean"], &report["violations"]), (&true.into(), &serde_json::json!([])));
}
