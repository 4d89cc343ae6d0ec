"""What is typed in the editor, read into parts of a document; one module a subject. What is wrong is said by the document's own checks."""
