//! What a verdict costs, step by step: every file of some folders, as a mail or as text, on one thread.
//!
//! `cargo run --release --example scoring -- MODEL mail|text FOLDER...`

use sigmail_core::model::{FileBytes, file};
use sigmail_core::text::{Extractor, Fields, Message, Profile};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const RUNS: usize = 40;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a model file");
    let kind = arguments.next().expect("mail or text");
    let bytes: FileBytes = Arc::new(std::fs::read(path)?);
    let model = file::read(&bytes).expect("a model");
    let mut files = Vec::new();
    for folder in arguments {
        gather(Path::new(&folder), &mut files)?;
    }
    let texts: Vec<String> = files.iter().map(|file| String::from_utf8_lossy(file).into_owned()).collect();
    let messages: Vec<Message<'_>> = if kind == "mail" {
        files.iter().map(|file| Message::Mail(file)).collect()
    } else {
        texts.iter().map(|text| Message::Plain(text)).collect()
    };
    let mut fields = Fields::default();
    let mut extractor = Extractor::default();
    // The best of each message: what else the machine does falls on few of its runs.
    let time = |name: &str, work: &mut dyn FnMut(Message<'_>)| {
        let mut best = vec![f64::INFINITY; messages.len()];
        for _ in 0..RUNS {
            for (&message, best) in messages.iter().zip(&mut best) {
                let start = Instant::now();
                work(black_box(message));
                *best = best.min(start.elapsed().as_secs_f64());
            }
        }
        println!("{name:>10}: {:.2} µs", best.iter().sum::<f64>() * 1e6 / messages.len() as f64);
    };
    time("fields", &mut |message| {
        fields.read(message, Profile::Content);
        black_box(&fields);
    });
    time("features", &mut |message| {
        black_box(model.features(message, &mut extractor));
    });
    time("classify", &mut |message| {
        black_box(model.classify(message, &mut extractor));
    });
    time("explain 10", &mut |message| {
        black_box(model.explain(message, 10, &mut extractor));
    });
    Ok(())
}

/// Adds the content of every file below `folder`.
fn gather(folder: &Path, files: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(std::fs::read(path)?);
        }
    }
    Ok(())
}
