//! What a developer runs: one file per subcommand, each a clap struct that knows how to run itself.

mod bench;
mod demo;
mod fixtures;
mod fuzz;
mod lab;
#[cfg(test)]
mod licences;
mod loopback;
mod repo;
mod root;
mod run;
mod setup;
mod test;
mod worker;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "What a developer of iscsi-trace runs")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Demo(demo::Demo),
    Test(test::Test),
    Lab(lab::Lab),
    Fixtures(fixtures::Fixtures),
    Fuzz(fuzz::Fuzz),
    Bench(bench::Bench),
}

fn main() -> anyhow::Result<()> {
    match Xtask::parse().task {
        Task::Demo(task) => task.run(),
        Task::Test(task) => task.run(),
        Task::Lab(task) => task.run(),
        Task::Fixtures(task) => task.run(),
        Task::Fuzz(task) => task.run(),
        Task::Bench(task) => task.run(),
    }
}
