//! What was wrong with a form: said at its top with a way to each field, and again beside it.
//! `portal/refused.html` shows the top.

/// One fault.
pub(crate) struct Fault {
    /// The id of the field, where one is at fault.
    pub(crate) field: Option<&'static str>,
    pub(crate) words: String,
}

/// Every fault of a form; empty for a form that was not refused.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) faults: Vec<Fault>,
}

impl Wrong {
    pub(crate) fn field(field: &'static str, words: impl Into<String>) -> Self {
        Self { faults: vec![Fault { field: Some(field), words: words.into() }] }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn heading(&self) -> &'static str {
        match self.faults.len() {
            1 => "This was not kept. Mend one thing:",
            _ => "This was not kept. Mend these:",
        }
    }

    /// What is said beside the field `id`.
    pub(crate) fn of(&self, id: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| fault.field == Some(id))?;
        Some(&fault.words)
    }
}
