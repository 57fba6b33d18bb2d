//! Helm, by its SDK: the `helm` command is a thin layer over the same library.

use serde_json::{Value, json};

use super::world::World;

/// Packages, pushes, looks, pulls, and prints what came of it.
const SCRIPT: &str = r#"
import hashlib, json, os, sys
import helm_python as helm

host, token, home = sys.argv[1:4]
chart = os.path.join(home, "reef")
os.makedirs(os.path.join(chart, "templates"))
with open(os.path.join(chart, "Chart.yaml"), "w") as file:
    file.write("apiVersion: v2\nname: reef\nversion: 1.2.3+build.4\ndescription: A reef.\n")
with open(os.path.join(chart, "templates", "map.yaml"), "w") as file:
    file.write("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n")
package = helm.package(chart, destination=home)
newer = helm.package(chart, destination=home, version="1.3.0")
sha256 = lambda path: hashlib.sha256(open(path, "rb").read()).hexdigest()

def refused(attempt):
    try:
        attempt()
    except helm.HelmError as error:
        return str(error)
    raise SystemExit("should have been refused")

with helm.RegistryClient(credentials_file=os.path.join(home, "credentials.json")) as client:
    reference = f"oci://{host}/charts/reef"
    unknown = refused(lambda: client.push(package, f"oci://{host}/charts"))
    wrong = refused(lambda: client.login(host, "robot", "wrong"))
    client.login(host, "robot", token)
    pushed = client.push(package, f"oci://{host}/charts")
    client.push(newer, f"oci://{host}/charts")
    tags = client.tags(reference)
    resolved = client.resolve(reference + ":1.2.3_build.4")
    for name in ["back", "range"]:
        os.makedirs(os.path.join(home, name))
    pulled = client.pull(reference, version="1.2.3+build.4", destination=os.path.join(home, "back"))
    absent = refused(lambda: client.pull(reference, version="9.9.9", destination=home))
    client.pull(reference, version="~1.3", destination=os.path.join(home, "range"))
    shown = client.show(reference)
back = os.path.join(home, "back", os.listdir(os.path.join(home, "back"))[0])
print(json.dumps(dict(sent=sha256(package), received=sha256(back), tags=tags, resolved=resolved, pushed=pushed, pulled=pulled,
    unknown=unknown, wrong=wrong, absent=absent, shown=shown, range=os.listdir(os.path.join(home, "range")))))
"#;

#[tokio::test]
async fn a_chart_is_pushed_and_pulled() {
    let world = World::new().await;
    let Some(python) = world
        .python(
            "helm: a chart is pushed and pulled",
            "helm_python",
            "helm-python-sdk",
        )
        .await
    else {
        return;
    };
    let token = world.server.token("push:charts/*").await;
    let home = world.text("helm");
    std::fs::create_dir(&home).unwrap();
    let python = python
        .env("HELM_CONFIG_HOME", &home)
        .env("HELM_CACHE_HOME", &home)
        .env("HELM_DATA_HOME", &home);
    let ended = python
        .run(["-c", SCRIPT, &world.host(), &token, &home])
        .await
        .succeeds();
    let result: Value = serde_json::from_str(&ended).unwrap();
    assert_eq!(result["sent"], result["received"], "{result:#}");
    assert_eq!(
        result["tags"],
        json!(["1.3.0", "1.2.3+build.4"]),
        "{result:#}"
    );
    let robot = world.server.robot("pull:charts/*").await;
    let manifest = robot.get("/v2/charts/reef/manifests/1.2.3_build.4").await;
    assert_eq!(
        manifest.header("docker-content-digest"),
        result["resolved"]["digest"].as_str().unwrap()
    );
    let manifest = manifest.json();
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.cncf.helm.config.v1+json"
    );
    assert_eq!(
        manifest["layers"][0]["digest"].as_str().unwrap(),
        format!("sha256:{}", result["sent"].as_str().unwrap())
    );
    assert_eq!(result["range"], json!(["reef-1.3.0.tgz"]));
    assert!(
        result["shown"].as_str().unwrap().contains("A reef."),
        "{result:#}"
    );
}
