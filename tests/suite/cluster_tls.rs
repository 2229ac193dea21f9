//! TLS, logins and host names of the nodes of clusters.

use crate::support::cluster::until;
use crate::support::{Ca, Kind, Scene, Server, assert_same, redis_with_tls, words};

const SHARES: [(u16, u16); 3] = [(0, 5460), (5461, 10_922), (10_923, 16_383)];

/// A node of a cluster with TLS of its own, for clients and for other nodes.
struct Node {
    server: Server,
    tls_port: u16,
    _folder: tempfile::TempDir,
}

impl Node {
    /// The certificate is for these names.
    fn start(ca: &Ca, names: &[&str], arguments: &[&str]) -> Self {
        let own = ["--cluster-enabled", "yes", "--tls-cluster", "yes", "--tls-replication", "yes"];
        let arguments = [&own[..], &["--requirepass", "secret"], arguments].concat();
        let (server, tls_port, folder) = redis_with_tls(ca, &ca.certify(names), "yes", &arguments);
        Self { server, tls_port, _folder: folder }
    }

    /// The first knows the others, and all slots have a node.
    fn join(nodes: &[Self]) {
        for (node, (first, last)) in nodes.iter().zip(SHARES) {
            node.server.run(words!["CLUSTER", "ADDSLOTSRANGE", first, last]);
            nodes[0].server.run(words!["CLUSTER", "MEET", "127.0.0.1", node.tls_port]);
        }
        for node in nodes {
            node.server.until_reply_has("cluster_known_nodes:3", words!["CLUSTER", "INFO"]);
            node.server.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
            until("no handshake is left", || !node.server.run(words!["CLUSTER", "NODES"]).text().contains("handshake"));
        }
    }
}

/// The settings of a side: the endpoint, and the login and the TLS of each node.
fn settings(side: &str, endpoint: &str) -> Vec<String> {
    [endpoint, "password=secret", "tls.ca_file=ca.pem", "tls.cert_file=client.pem", "tls.key_file=client.key"]
        .map(|setting| format!("{side}.{setting}"))
        .into()
}

fn scene(ca: &Ca) -> Scene {
    let scene = Scene::between(Kind::Redis70, Kind::Redis70);
    ca.write(scene.folder(), "ca.pem").certify(&["a client"]).write(scene.folder(), "client");
    scene.job("");
    scene
}

fn size(nodes: &[Node]) -> i64 {
    nodes.iter().map(|node| node.server.size()).sum()
}

#[test]
fn each_node_is_read_and_written_over_its_own_tls_with_the_login() {
    let (ca, keys) = (Ca::new(), 300);
    let nodes: Vec<Node> = (0..3).map(|_| Node::start(&ca, &["127.0.0.1"], &[])).collect();
    Node::join(&nodes);
    let scene = scene(&ca);
    scene.source.fill(keys);
    let cluster = |node: &Node| format!("cluster=127.0.0.1:{}", node.tls_port);
    let there = settings("destination", &cluster(&nodes[1]));
    scene.prepare_job(&there).run().exits(0).outcomes("all", "copied 300").errors_and_warnings(&[]);
    assert_eq!(size(&nodes), 300);
    let back = settings("source", &format!("url=redis-cluster://127.0.0.1:{}", nodes[2].tls_port));
    scene.prepare_job(&back).run().exits(0).outcomes("all", "copied 300").errors_and_warnings(&[]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
    let without_tls = ["source.password=secret".to_owned(), format!("source.cluster=127.0.0.1:{}", nodes[0].tls_port)];
    scene.prepare_job(&without_tls).run().exits(3).stderr_has("may expect TLS");
}

#[test]
fn the_certificate_of_each_node_is_for_the_host_that_it_has() {
    let ca = Ca::new();
    let names: [&[&str]; 3] = [&["127.0.0.1", "localhost"], &["127.0.0.1"], &["127.0.0.1"]];
    let nodes = names.map(|names| Node::start(&ca, names, &[]));
    Node::join(&nodes);
    let scene = scene(&ca);
    scene.source.fill(300);
    // The name is that of one node, the others are announced with their addresses.
    let mut by_name = settings("destination", "host=localhost");
    by_name.push(format!("destination.port={}", nodes[0].tls_port));
    scene.prepare_job(&by_name).run().exits(0).outcomes("all", "copied 300").errors_and_warnings(&[]);
    by_name.push("destination.tls.server_name=localhost".to_owned());
    let wrong = "has a certificate for `127.0.0.1`, not for `localhost`: correct `destination.tls.server_name`";
    scene.prepare_job(&by_name).run().exits(3).stderr_has(wrong);
}

#[test]
fn nodes_that_are_announced_by_host_name_are_found_by_it() {
    let ca = Ca::new();
    let by_name = ["--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname"];
    let nodes: Vec<Node> = (0..3).map(|_| Node::start(&ca, &["localhost"], &by_name)).collect();
    Node::join(&nodes);
    let scene = scene(&ca);
    scene.source.fill(300);
    let address = format!("cluster=127.0.0.1:{}", nodes[0].tls_port);
    let mut given = settings("destination", &address);
    let wrong =
        "has a certificate for `localhost`, not for `127.0.0.1`: give the right name as `destination.tls.server_name`";
    scene.prepare_job(&given).run().exits(3).stderr_has(wrong);
    given.push("destination.tls.server_name=localhost".to_owned());
    scene.prepare_job(&given).run().exits(0).outcomes("all", "copied 300").errors_and_warnings(&[]);
    let by_name = settings("destination", &format!("cluster=localhost:{}", nodes[0].tls_port));
    scene.prepare_job(&by_name).run().exits(0).outcomes("all", "existing 300").errors_and_warnings(&[]);
    assert_eq!(size(&nodes), 300);
}
