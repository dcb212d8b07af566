use serde_json::Value;

use crate::races::program::Program;

async fn public_keys(program: &Program<'_>) -> Vec<String> {
    let answer = acceptance::client().get(format!("{}/.well-known/boxoffice-keys.json", program.base)).send().await;
    let keys: Value = answer.expect("an answer").json().await.expect("JSON");
    keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_under_a_running_server_and_another_folder_is_refused() {
    let home = tempfile::tempdir().expect("a directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let before = public_keys(&program).await;
    assert_eq!(before.len(), 1);
    let rotated = program.run(&["admin", "rotate-signing-keys", "--lead-seconds", "0"]).await;
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    acceptance::eventually("the server publishes both keys", async || public_keys(&program).await.len() == 2).await;
    let after = public_keys(&program).await;
    assert!(after[0] != before[0] && after[1] == before[0], "the new one signs, the old one verifies: {after:?}");
    program.stop().await;

    let other = home.path().join("other-keys");
    let refused = program.run(&["serve", "--listen", "127.0.0.1:0", "--keys-dir", other.to_str().expect("plain")]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("lacks the") && said.contains("copy the folder"), "{said}");
    program.start().await;
    assert_eq!(public_keys(&program).await, after, "its own folder is good");
    program.stop().await;
}
