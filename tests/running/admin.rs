use crate::races::program::Program;

/// What a command that succeeded printed.
async fn said(program: &Program<'_>, arguments: &[&str]) -> String {
    let ended = program.run(arguments).await;
    assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).trim_end().to_owned()
}

/// What a command that failed said.
async fn refused(program: &Program<'_>, arguments: &[&str]) -> String {
    let ended = program.run(arguments).await;
    assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stdout));
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_makes_organisers_and_keys_lists_rotates_and_revokes_them() {
    let home = tempfile::tempdir().expect("a directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let made = said(&program, &["admin", "create-organiser", "Opera"]).await;
    let (organiser, name) = made.split_once(' ').expect("the id first, then the name");
    assert_eq!((organiser.len(), name), (36, "Opera"));
    let create = ["admin", "create-key", "--role", "organiser", "--organiser", organiser, "--name", "desk"];
    let key = said(&program, &[&create[..], &["--scopes", "events:write,audit:read", "--expires", "90d"]].concat()).await;
    assert!(key.starts_with("bxo_") && key.len() == 69, "the key alone: {key}");
    let lines = said(&program, &["admin", "list-keys", "--organiser", organiser]).await;
    let fields: Vec<&str> = lines.split('\t').collect();
    assert_eq!(
        (fields[1], fields[2], fields[4], fields[5], fields[6]),
        ("organiser", organiser, "events:write,audit:read", "never used", "desk")
    );
    assert!(fields[3].starts_with("until ") && !lines.contains(&key[26..]), "{lines}");
    let audit = async |key: &str| {
        let asked = acceptance::client().get(format!("{}/v1/audit", program.base)).bearer_auth(key);
        asked.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(audit(&key).await, 200);
    let id = fields[0];
    let next = said(&program, &["admin", "rotate-key", id, "--old-secret-seconds", "0"]).await;
    acceptance::eventually("the running server refuses the old secret", async || audit(&key).await == 401).await;
    assert_eq!(audit(&next).await, 200);
    assert_eq!(said(&program, &["admin", "revoke-key", id]).await, format!("revoked {id}"));
    acceptance::eventually("the running server refuses the key", async || audit(&next).await == 401).await;
    assert!(said(&program, &["admin", "list-keys"]).await.contains("\trevoked "));
    let nobody = "018f3b7e-0000-7000-8000-000000000000";
    assert!(refused(&program, &["admin", "revoke-key", nobody]).await.contains("there is no key"));
    assert!(refused(&program, &["admin", "rotate-key", id]).await.contains("there is no living key"));
    let for_nobody = ["admin", "create-key", "--role", "organiser", "--organiser", nobody];
    assert!(refused(&program, &for_nobody).await.contains("there is no organiser"));
    assert!(refused(&program, &["admin", "create-key", "--role", "admin", "--open-holds", "3"]).await.contains("only a partner"));
    program.stop().await;
}
