//! What reading costs: every file of some folders as a mail, on one thread, without tokens or model.
//!
//! `cargo run --release --example reading -- FOLDER...`

use sigmail_core::text::{Fields, Message, Profile};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

const RUNS: usize = 5;

fn main() -> std::io::Result<()> {
    let mut mails = Vec::new();
    for folder in std::env::args().skip(1) {
        gather(Path::new(&folder), &mut mails)?;
    }
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let count = mails.len().max(1);
    println!("{} mails of {} bytes in the mean", mails.len(), bytes / count);
    let mut fields = Fields::default();
    for profile in [Profile::Content, Profile::Portable, Profile::Site] {
        let mut best = f64::INFINITY;
        for _ in 0..RUNS {
            let start = Instant::now();
            for mail in &mails {
                fields.read(black_box(Message::Mail(mail)), profile);
                black_box(&fields);
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{profile:?}: {:.2} µs a mail", best * 1e6 / count as f64);
    }
    Ok(())
}

/// Adds the content of every file below `folder`.
fn gather(folder: &Path, mails: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, mails)?;
        } else {
            mails.push(std::fs::read(path)?);
        }
    }
    Ok(())
}
