"""What people say of a published draft, paragraph by paragraph, and what the team does with it."""
