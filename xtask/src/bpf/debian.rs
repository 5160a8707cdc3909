//! A package of another Debian suite than the machine's, unpacked into a folder: apt with a configuration of its
//! own, so that the system's sources and lists stay as they are.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::run;

/// Downloads the package whose upstream version is `upstream` and unpacks it into `folder`; `work` keeps apt's state.
pub fn unpack(
    suite: &str,
    package: &str,
    upstream: &str,
    work: &Path,
    folder: &Path,
) -> anyhow::Result<()> {
    let download = work.join("download");
    if download.exists() {
        fs::remove_dir_all(&download)?;
    }
    fs::create_dir_all(&download)?;
    fs::create_dir_all(work.join("lists/partial"))?;
    fs::create_dir_all(work.join("cache/archives/partial"))?;
    fs::write(
        work.join("sources.list"),
        format!(
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {suite} main\n",
            archive()?
        ),
    )?;
    let configuration = work.join("apt.conf");
    fs::write(
        &configuration,
        format!(
            "Dir::State::lists \"{0}/lists\";\nDir::Cache \"{0}/cache\";\n\
             Dir::Etc::sourcelist \"{0}/sources.list\";\nDir::Etc::sourceparts \"/dev/null\";\n\
             APT::Sandbox::User \"root\";\n",
            work.display()
        ),
    )?;
    let apt = |program: &str| {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &configuration).current_dir(&download);
        command
    };
    run::step(
        &format!("refresh the package lists of {suite}"),
        apt("apt-get").args(["-q", "update"]),
    )?;
    let known = run::quiet(apt("apt-cache").args(["show", "--all-versions", package]))?;
    let known = String::from_utf8_lossy(&known.stdout);
    let version = known
        .lines()
        .filter_map(|line| line.strip_prefix("Version: "))
        .find(|version| version.strip_prefix(upstream).is_some_and(|rest| rest.starts_with('+')))
        .with_context(|| format!("{suite} has no {package} of version {upstream}"))?;
    run::step(
        &format!("download {package}"),
        apt("apt-get").args(["-q", "download", &format!("{package}={version}")]),
    )?;
    let archive = fs::read_dir(&download)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded no package")?;
    let unpacked = download.join("unpacked");
    run::quiet(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&unpacked))?;
    // Last, so that an interrupted run does not leave half a package behind.
    fs::rename(unpacked, folder)?;
    Ok(())
}

/// The address the machine's own packages come from.
fn archive() -> anyhow::Result<String> {
    let output = run::quiet(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        "Component: main",
    ]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find(|address| !address.trim_end_matches('/').ends_with("security"))
        .map(str::to_owned)
        .context("apt knows no Debian archive; `apt-get update` first")
}
