//! The file `plugyard.yaml`: where it is, and how its errors are shown.

use crate::check::registry::good;

#[test]
fn an_error_is_shown_with_its_position_and_a_hint() {
    let yard = good();
    yard.write("plugyard.yaml", "rules: { no-dolar: off }\n");
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.is_empty());
    for part in [
        "error: there is no rule `no-dolar`",
        "plugyard.yaml:1:10\n",
        "did you mean `no-dollar`?",
    ] {
        assert!(outcome.stderr.contains(part), "{}", outcome.stderr);
    }
}

#[test]
fn a_file_that_is_too_long_or_cannot_be_read_is_not_taken_for_absent() {
    let yard = good();
    yard.write("plugyard.yaml", vec![b'#'; (16 << 20) + 1]);
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(1));
    let expected = "cannot read plugyard.yaml: it is larger than the limit of 16777216 bytes";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    fs_err::remove_file(yard.path("plugyard.yaml")).unwrap();
    fs_err::create_dir(yard.path("plugyard.yaml")).unwrap();
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(1));
    let expected = "error: cannot read plugyard.yaml: it is a folder, not a regular file";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
}

#[test]
fn without_the_file_everything_has_a_default() {
    let yard = good();
    fs_err::remove_file(yard.path("plugyard.yaml")).unwrap();
    assert_eq!(
        yard.done("check -o json").json()["findings"],
        serde_json::json!([])
    );
}
