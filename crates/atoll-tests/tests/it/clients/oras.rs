//! oras, by its Python client: artifacts with annotations.

use serde_json::{Value, json};

use super::world::World;

/// Pushes a file, pulls it again, and prints what came of it.
const SCRIPT: &str = r#"
import json, os, sys
import oras.client

host, token, home, ca = sys.argv[1:5]
os.chdir(home)
with open("notes.txt", "w") as file:
    file.write("written by hand\n" * 1000)
target = f"{host}/acme/notes:v1"

def refused(attempt):
    try:
        attempt()
    except Exception as error:
        return str(error)
    raise SystemExit("should have been refused")

def client(password, backend):
    client = oras.client.OrasClient(hostname=host, tls_verify=ca, auth_backend=backend)
    if password:
        client.auth.set_basic_auth("robot", password)
    return client

push = dict(target=target, files=["notes.txt:text/plain"], manifest_annotations={"org.example.depth": "12 m"}, quiet=True)
# With its "token" backend it looks for the blob first, and shows the bearer that it got for that to the end: pushes fail.
robot = client(token, "basic")
reader = client(token, "token")
pushed = robot.push(**push)
chunked = robot.push(**dict(push, target=f"{host}/acme/notes:chunked", do_chunked=True, chunk_size=5000))
pulled = reader.pull(target=target, outdir="back")
print(json.dumps(dict(status=pushed.status_code, chunked=chunked.status_code, manifest=robot.get_manifest(target), tags=robot.get_tags(target),
    same=open(pulled[0]).read() == open("notes.txt").read(), private=refused(lambda: client(None, "token").pull(target=target, outdir="no")))))
"#;

#[tokio::test]
async fn an_artifact_is_pushed_and_pulled() {
    let world = World::new().await;
    let Some(python) = world
        .python("oras: an artifact is pushed and pulled", "oras", "oras")
        .await
    else {
        return;
    };
    let python = python.env("REQUESTS_CA_BUNDLE", world.path("ca.pem"));
    let token = world.server.token("push:acme/*").await;
    let ended = python
        .run([
            "-c",
            SCRIPT,
            &world.host(),
            &token,
            &world.text(""),
            &world.text("ca.pem"),
        ])
        .await
        .succeeds();
    let result: Value = serde_json::from_str(ended.lines().last().unwrap()).unwrap();
    assert_eq!(result["same"], true, "{result:#}");
    assert_eq!(
        result["manifest"]["annotations"]["org.example.depth"],
        "12 m"
    );
    assert_eq!(result["manifest"]["layers"][0]["mediaType"], "text/plain");
    assert_eq!(
        result["manifest"]["layers"][0]["annotations"]["org.opencontainers.image.title"],
        "notes.txt"
    );
    assert_eq!(result["tags"], json!(["chunked", "v1"]));
}
