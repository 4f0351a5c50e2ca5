//! A constructor is parsed or refused, with findings that lie within the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let diagnostics = match ocm::constructor::parse(text) {
        Ok(constructor) => {
            assert!(!constructor.components.is_empty());
            for component in &constructor.components {
                for reference in &component.references {
                    reference.to_reference();
                }
            }
            keeper::root::children_first(&constructor);
            let _ = keeper::root::registry(&constructor);
            [constructor.warnings, constructor.sketch_spellings].concat()
        }
        Err(error) => {
            assert!(!error.diagnostics.is_empty());
            error.diagnostics
        }
    };
    for finding in diagnostics {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
        assert!(
            text.is_char_boundary(finding.span.start) && text.is_char_boundary(finding.span.end)
        );
    }
});
