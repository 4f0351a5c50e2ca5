//! Paths as text, without access to the file system.

use std::path::{Component, Path, PathBuf};

/// Removes `.` segments, and each `..` together with the segment before it. A leading `..` remains,
/// except after the root: `a/./b/../c` becomes `a/c`, `../x` is unchanged, `/../x` becomes `/x`.
/// Symbolic links are not followed.
pub fn clean(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match (part, parts.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (Component::CurDir, _)
            | (Component::ParentDir, Some(Component::RootDir | Component::Prefix(_))) => {}
            (part, _) => parts.push(part),
        }
    }
    parts
}

/// Returns whether a relative path leads out of the directory it is relative to.
pub fn leaves_folder(path: &Path) -> bool {
    clean(path).starts_with("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_that_lead_nowhere_are_removed() {
        for (path, expected) in [
            ("", ""),
            (".", ""),
            ("a/./b/../c", "a/c"),
            ("a/..", ""),
            ("a/../../b", "../b"),
            ("../../x", "../../x"),
            ("/../x", "/x"),
            ("/a/../..", "/"),
            ("a//b/", "a/b"),
        ] {
            assert_eq!(clean(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_path_leaves_its_folder_only_by_leading_dots() {
        for (path, expected) in [
            ("a/../b", false),
            ("..a", false),
            ("a/../..", true),
            ("..", true),
        ] {
            assert_eq!(leaves_folder(Path::new(path)), expected, "{path}");
        }
    }
}
