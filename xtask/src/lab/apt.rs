//! Packages of other Debian suites, unpacked into a folder: the machine's own apt never hears of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::run;

/// One suite of Debian's archive, with what apt knows about it in a folder of its own.
#[derive(Debug)]
pub struct Suite {
    name: &'static str,
    folder: PathBuf,
}

/// Comes with every Debian; holds the keys of its neighbours, too.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

impl Suite {
    /// Fetches the suite's list of packages.
    pub fn refresh(name: &'static str, cache: &Path) -> anyhow::Result<Self> {
        let suite = Self { name, folder: cache.join("apt").join(name) };
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(suite.folder.join(folder))?;
        }
        let archive = archive_of(name)?;
        let source = format!("deb [signed-by={KEYRING}] {archive} {name} main\n");
        fs::write(suite.folder.join("sources.list"), source)?;
        // What is installed here must not count as a candidate.
        fs::write(suite.folder.join("status"), "")?;
        run::quiet(suite.apt("apt-get").args(["-q", "update"]))
            .with_context(|| format!("cannot read the list of packages of {name}"))?;
        Ok(suite)
    }

    /// Downloads packages and unpacks them into `folder`, which appears only when it is complete.
    pub fn unpack(&self, packages: &[&str], folder: &Path) -> anyhow::Result<()> {
        let partial = folder.with_extension("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(&partial)?;
        let title = format!("download from {}: {}", self.name, packages.join(" "));
        let mut download = self.apt("apt-get");
        run::step(&title, download.args(["-q", "download"]).args(packages).current_dir(&partial))?;
        for entry in fs::read_dir(&partial)? {
            let package = entry?.path();
            run::quiet(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&partial))?;
            fs::remove_file(package)?;
        }
        fs::rename(&partial, folder)?;
        Ok(())
    }

    /// The version of a package that packages `upstream`'s version, with Debian's revision.
    pub fn version(&self, package: &str, upstream: &str) -> anyhow::Result<String> {
        let text = run::quiet(self.apt("apt-cache").args(["show", package]))?.stdout;
        let text = String::from_utf8_lossy(&text);
        let mut versions = text.lines().filter_map(|line| line.strip_prefix("Version: "));
        let found = versions.find(|version| {
            version.strip_prefix(upstream).is_some_and(|rest| rest.starts_with(['+', '-', '~']))
        });
        let name = self.name;
        found
            .map(str::to_owned)
            .with_context(|| format!("{name} has no {package} of version {upstream} any more"))
    }

    /// The libraries a package needs.
    pub fn libraries_of(&self, package: &str) -> anyhow::Result<Vec<String>> {
        let text = run::quiet(self.apt("apt-cache").args(["depends", package]))?.stdout;
        let text = String::from_utf8_lossy(&text);
        let needed = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(needed.filter(|name| name.starts_with("lib")).map(str::to_owned).collect())
    }

    /// The packages that `package` depends on, directly or not, itself included, as far as the suite has them.
    pub fn closure(&self, package: &str) -> anyhow::Result<Vec<String>> {
        let mut depends = self.apt("apt-cache");
        depends.args(["depends", "--recurse", "--no-recommends", "--no-suggests"]);
        depends.args(["--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", package]);
        let text = run::quiet(&mut depends)?.stdout;
        let text = String::from_utf8_lossy(&text);
        let names = text.lines().filter(|line| !line.starts_with([' ', '|', '<']));
        Ok(names.map(str::to_owned).collect())
    }

    fn apt(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (option, file) in [
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::sourcelist", "sources.list"),
        ] {
            command.arg("-o").arg(format!("{option}={}", self.folder.join(file).display()));
        }
        // The folder is the user's own: apt's download user could not write there.
        command.args(["-o", "Dir::Etc::sourceparts=/dev/null", "-o", "APT::Sandbox::User="]);
        command
    }
}

/// The archive this machine itself takes the like of `suite` from.
fn archive_of(suite: &str) -> anyhow::Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]);
    let text = run::quiet(&mut targets)?.stdout;
    let text = String::from_utf8_lossy(&text);
    let codename = codename()?;
    let like = if suite.ends_with("-security") { format!("{codename}-security") } else { codename };
    let archive = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(archive, release)| (release == like).then(|| archive.to_owned()));
    archive.with_context(|| format!("apt's sources on this machine have no suite `{like}`"))
}

fn codename() -> anyhow::Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("cannot tell which Debian this is")?;
    match text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")) {
        Some(name) => Ok(name.to_owned()),
        None => bail!("/etc/os-release names no VERSION_CODENAME"),
    }
}
