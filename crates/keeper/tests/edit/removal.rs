//! Removed entries, and edits that are refused.

use keeper::edit::{Edit, EditError, apply};

use crate::{A, COMPONENT, HEAD, Z, assert_edited, entries, insert, repin};

#[test]
fn an_entry_is_removed_with_its_comments() {
    let cases = [
        (vec![A, Z], 0, vec![Z]),
        (vec![A, Z], 1, vec![A]),
        (
            vec!["  # a", A, "    # a too", "  # z", Z, "# end"],
            0,
            vec!["  # z", Z, "# end"],
        ),
        (
            vec!["  # a", A, "  # z", Z, "# end"],
            1,
            vec!["  # a", A, "# end"],
        ),
    ];
    for (before, index, after) in cases {
        let edits = [Edit::Remove { index }];
        assert_edited(&entries(&before), &edits, &entries(&after));
        let cut = |lines: &[&str]| entries(lines).trim_end().to_owned();
        assert_edited(&cut(&before), &edits, &cut(&after));
    }
    let head = |list: &str| format!("{HEAD}componentReferences:{list}");
    let only = [
        (head(&format!("\n{A}\n# end\n")), head(" []\n# end\n")),
        (head(&format!(" # c\n{A}\n")), head(" [] # c\n")),
        (head(&format!(" # c\n{A}")), head(" [] # c")),
        (head(" [{name: aa}]\n"), head(" []\n")),
        (head(" [{name: aa}, {name: zz}]\n"), head(" [{name: zz}]\n")),
        (
            head(" [\n  # a\n  {name: aa}, # a\n  # z\n  {name: zz}\n]\n"),
            head(" [\n  # z\n  {name: zz}\n]\n"),
        ),
    ];
    for (before, after) in only {
        assert_edited(&before, &[Edit::Remove { index: 0 }], &after);
    }
    let last = [
        (" [{name: aa}, {name: zz}]\n", " [{name: aa}]\n"),
        (
            " [\n  {name: aa}, # a\n  {name: zz} # z\n]\n",
            " [\n  {name: aa} # a\n]\n",
        ),
    ];
    for (before, after) in last {
        assert_edited(&head(before), &[Edit::Remove { index: 1 }], &head(after));
    }
}

#[test]
fn a_label_is_removed_with_its_comments() {
    let one = "      - name: one\n        value: a # v\n        signing: true";
    let two = "      # about two\n      - { name: two, value: { x: [1] } } # t";
    let labels = |lines: &[&str]| entries(&[&[A, "    labels: # all"], lines, &[Z]].concat());
    let flow = |list: &str| entries(&[A, &format!("    labels: {list}"), Z]);
    let cases = [
        (labels(&[one, two]), "two", labels(&[one])),
        (labels(&[two, one]), "two", labels(&[one])),
        (
            labels(&[one]),
            "one",
            entries(&[A, "    labels: [] # all", Z]),
        ),
        (labels(&[one]), "two", labels(&[one])),
        (
            flow("[{ name: one, value: a }, { name: two, value: b }]"),
            "one",
            flow("[{ name: two, value: b }]"),
        ),
        (flow("null"), "one", flow("null")),
        (entries(&[A, Z]), "one", entries(&[A, Z])),
    ];
    for (before, name, after) in cases {
        let edit = |index| Edit::RemoveLabel {
            index,
            name: name.to_owned(),
        };
        assert_edited(&before, &[edit(Some(0))], &after);
        assert_edited(&before, &[edit(Some(1)), edit(None)], &before);
        // Together with another change of the entry, in either order.
        let edits = [edit(Some(0)), repin(0)];
        let both = apply(&before, COMPONENT, &edits).unwrap();
        assert_eq!(both, apply(&after, COMPONENT, &[repin(0)]).unwrap());
        assert_edited(&before, &[repin(0), edit(Some(0))], &both);
    }
    let registry = "name: acme.org/registry\nversion: v1.0.0\n";
    assert_edited(
        &format!("{registry}labels:\n  # a\n  - name: a\n    value: b\n  - name: c\n"),
        &[Edit::RemoveLabel {
            index: None,
            name: "a".to_owned(),
        }],
        &format!("{registry}labels:\n  - name: c\n"),
    );
    let shared = [
        ("      - &l { name: one, value: a }", "    labels: [*l]"),
        (
            "      - { name: one, value: &v a }",
            "    labels: [{ name: x, value: *v }]",
        ),
    ];
    for (label, use_of_it) in shared {
        let text = entries(&[A, "    labels:", label, Z, use_of_it]);
        let edit = Edit::RemoveLabel {
            index: Some(0),
            name: "one".to_owned(),
        };
        let error = apply(&text, COMPONENT, &[edit]).unwrap_err();
        assert!(matches!(error, EditError::Shared { .. }), "{error}");
    }
}

#[test]
fn shared_nodes_are_not_edited() {
    let pin = "    digest: &pin\n      hashAlgorithm: SHA-256\n      value: x";
    let list_form = |tail: &str| {
        format!(
            "components:\n  - &base\n    name: acme.org/registry\n    version: &v v1.0.0\n    componentReferences: &list []\n{tail}"
        )
    };
    let cases = [
        (entries(&[A, pin, Z, "    digest: *pin"]), repin(0), 8, "`&pin`"),
        (entries(&[A, pin, Z, "    digest: *pin"]), repin(1), 14, "`*pin`"),
        (list_form("  - name: x/y\n    componentReferences: *list\n"), insert("mid", "1.0.0").remove(0), 5, "`&list`"),
        (list_form("  - name: x/y\n    version: *v\n"), Edit::Version("v2.0.0".to_owned()), 4, "`&v`"),
        (list_form("  - <<: *base\n    name: x/y\n"), insert("mid", "1.0.0").remove(0), 2, "`&base`"),
        (
            "components:\n- name: x/y\n  componentReferences: &list []\n- name: acme.org/registry\n  componentReferences: *list\n".to_owned(),
            insert("mid", "1.0.0").remove(0), 5, "`*list`",
        ),
        (
            "components:\n- &base\n  name: x/y\n  componentReferences: []\n- <<: *base\n  name: acme.org/registry\n".to_owned(),
            insert("mid", "1.0.0").remove(0), 5, "`*base`",
        ),
    ];
    for (text, edit, expected_line, expected_by) in cases {
        match apply(&text, COMPONENT, &[edit]) {
            Err(error @ EditError::Shared { .. }) => {
                let EditError::Shared { line, by, .. } = &error else {
                    unreachable!()
                };
                assert_eq!(
                    (*line, by.as_str()),
                    (expected_line, expected_by),
                    "{text}\n{error}"
                );
                assert!(error.hint().is_some() && error.span().is_some());
            }
            other => panic!("{text}\n{other:?}"),
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let cases = [
        (
            format!("{HEAD}componentReferences: x\n"),
            insert("mid", "1.0.0").remove(0),
            "`componentReferences` in line 4 is text, not a list",
        ),
        (entries(&[A]), repin(3), "the list has no entry 3: it has 1"),
        (
            HEAD.to_owned(),
            repin(0),
            "the list has no entry 0: it has 0",
        ),
        (
            format!("{HEAD}componentReferences: []\nreferences: []\n"),
            insert("mid", "1.0.0").remove(0),
            "`references` in line 5 is a second list next to `componentReferences`, not the only list of references",
        ),
        (
            "[]\n".to_owned(),
            Edit::Version("1".to_owned()),
            "the constructor in line 1 is a list, not an object",
        ),
        ("a: b: c\n".to_owned(), Edit::Version("1".to_owned()), ""),
    ];
    for (text, edit, message) in cases {
        let error = apply(&text, COMPONENT, &[edit]).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
}
