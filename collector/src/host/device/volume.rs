//! Names of Kubernetes volumes.

/// The folder under which kubelet mounts volumes of iSCSI's own plugin: `.../PORTAL-IQN-lun-N`.
const PLUGIN: &str = "/kubernetes.io~iscsi/";
const CSI: &str = "/kubernetes.io~csi/";

/// The volume a logical unit is for, where a mount of it or the target's name gives that away: kubelet mounts a
/// volume in a folder of its name, and provisioners put the volume's name (`pvc-` and a UUID) into the target's.
pub fn volume<'m>(target: Option<&str>, mounts: impl Iterator<Item = &'m str>) -> Option<String> {
    let mounted = mounts.filter_map(|path| {
        let after = [CSI, PLUGIN].into_iter().find_map(|folder| path.split_once(folder));
        let name = after?.1.split('/').next()?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    let mut mounted = mounted;
    mounted.next().or_else(|| claim(target?))
}

/// `pvc-` and a UUID anywhere in a name.
fn claim(name: &str) -> Option<String> {
    const LENGTH: usize = 36;
    let at = name.find("pvc-")?;
    let uuid = name.get(at + 4..at + 4 + LENGTH)?;
    let is_uuid = uuid.char_indices().all(|(at, char)| match at {
        8 | 13 | 18 | 23 => char == '-',
        _ => char.is_ascii_hexdigit(),
    });
    is_uuid.then(|| format!("pvc-{uuid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PVC: &str = "pvc-2f1c6a0e-93d1-4a6b-8f0e-0c2d5b7a9e11";

    #[test]
    fn a_volume_is_named_by_its_mount_or_its_target() {
        let mount = format!("/var/lib/kubelet/pods/1-2/volumes/kubernetes.io~csi/{PVC}/mount");
        assert_eq!(volume(None, ["/mnt", &mount].into_iter()).as_deref(), Some(PVC));
        let target = format!("iqn.2005-10.org.freenas.ctl:{PVC}");
        assert_eq!(volume(Some(&target), [].into_iter()).as_deref(), Some(PVC));
        let plugin = "/var/lib/kubelet/pods/1/volumes/kubernetes.io~iscsi/www-0";
        assert_eq!(volume(None, [plugin].into_iter()).as_deref(), Some("www-0"));
        assert_eq!(volume(Some("iqn.2026-01.org.example:pvc-1"), ["/mnt"].into_iter()), None);
    }
}
