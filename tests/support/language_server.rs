//! A language server, driven over its stdin and stdout as an editor does.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::editor;

const TIMEOUT: Duration = Duration::from_mins(1);

/// A server that has one document open. It is stopped on drop.
pub struct LanguageServer {
    process: Child,
    stdin: ChildStdin,
    received: Receiver<Value>,
    last_id: u64,
    uri: String,
    text: String,
    /// What it has reported last about the document.
    diagnostics: Vec<Value>,
    log: std::path::PathBuf,
}

/// A key or a value that a server offers, with its documentation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    pub label: String,
    pub about: String,
}

impl LanguageServer {
    /// The server of the npm package `@taplo/lsp`.
    pub fn taplo(folder: &Path, file: &str, text: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/taplo.cjs");
        let mut command = Command::new(editor("node"));
        command.arg(script).arg(editor("taplo"));
        Self::start(command, folder, file, text)
    }

    pub fn tombi(folder: &Path, file: &str, text: &str) -> Self {
        let mut command = Command::new(editor("tombi"));
        command.args(["lsp", "--offline", "--no-cache"]);
        Self::start(command, folder, file, text)
    }

    /// Starts a server in a folder and opens a file with this text in it.
    fn start(mut command: Command, folder: &Path, file: &str, text: &str) -> Self {
        let log = folder.join("server.log");
        let stderr = fs::File::create(&log).expect("a file in the test's folder");
        command.current_dir(folder).env("HOME", folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut process = command.spawn().expect("editors.sh has installed it");
        let (stdin, stdout) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let folder_uri = format!("file://{}", folder.display());
        let uri = format!("{folder_uri}/{file}");
        let text = text.to_owned();
        let mut server = Self { process, stdin, received, last_id: 0, uri, text, diagnostics: Vec::new(), log };
        let capabilities = json!({
            "textDocument": {
                "completion": { "completionItem": { "documentationFormat": ["markdown"] } },
                "hover": { "contentFormat": ["markdown"] },
                "publishDiagnostics": {},
            },
        });
        let folders = json!([{ "uri": folder_uri, "name": "ops" }]);
        let parameters = json!({
            "processId": null,
            "rootUri": folder_uri,
            "workspaceFolders": folders,
            "capabilities": capabilities,
        });
        server.ask("initialize", &parameters);
        server.notify("initialized", &json!({}));
        let document = json!({ "uri": server.uri, "languageId": "toml", "version": 1, "text": server.text });
        server.notify("textDocument/didOpen", &json!({ "textDocument": document }));
        server
    }

    /// What it offers behind the first place with this text.
    pub fn offers(&mut self, behind: &str) -> Vec<Offer> {
        let answer = self.ask("textDocument/completion", &self.position(behind, behind.len()));
        let items = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let offer = |item: &Value| Offer {
            label: item["label"].as_str().unwrap_or_default().to_owned(),
            about: text_of(&item["documentation"]),
        };
        items.iter().map(offer).collect()
    }

    /// What it shows about the word at the beginning of the first place with this text.
    pub fn shows(&mut self, at: &str) -> String {
        let answer = self.ask("textDocument/hover", &self.position(at, 1));
        text_of(&answer["contents"])
    }

    /// Waits until it has reported these faults of the document, each as `LINE: MESSAGE`, and nothing else.
    #[track_caller]
    pub fn reports(&mut self, expected: &str) {
        let deadline = Instant::now() + TIMEOUT;
        while self.faults() != expected {
            let Ok(message) = self.received.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
                panic!("{}\nnot the expected faults, but:\n{}", self.log(), self.faults());
            };
            self.take(&message);
        }
    }

    fn faults(&self) -> String {
        let mut text = String::new();
        for fault in &self.diagnostics {
            let line = fault["range"]["start"]["line"].as_u64().expect("a number") + 1;
            writeln!(text, "{line}: {}", fault["message"].as_str().expect("a text")).expect("a String");
        }
        text
    }

    fn position(&self, text: &str, within: usize) -> Value {
        let at = self.text.find(text).unwrap_or_else(|| panic!("{text:?} is not in the document")) + within;
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let character = before.chars().rev().take_while(|letter| *letter != '\n').count();
        json!({ "textDocument": { "uri": self.uri }, "position": { "line": line, "character": character } })
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        loop {
            let message = match self.received.recv_timeout(TIMEOUT) {
                Ok(message) => message,
                Err(error) => panic!("{}\nno answer to {method}: {error}", self.log()),
            };
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.take(&message);
        }
    }

    fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server reads");
        self.stdin.flush().expect("the server reads");
    }

    /// Keeps diagnostics of the document, and answers requests: this editor has no configuration.
    fn take(&mut self, message: &Value) {
        let parameters = &message["params"];
        if message["method"] == "textDocument/publishDiagnostics" && parameters["uri"] == self.uri {
            self.diagnostics = parameters["diagnostics"].as_array().cloned().unwrap_or_default();
        } else if message.get("method").is_some() && message.get("id").is_some() {
            let items = parameters["items"].as_array().map(|items| vec![Value::Null; items.len()]);
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": items }));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for LanguageServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The text of a `MarkupContent`, or a plain one.
fn text_of(content: &Value) -> String {
    content["value"].as_str().or(content.as_str()).unwrap_or_default().to_owned()
}

fn read(stream: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length?];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
