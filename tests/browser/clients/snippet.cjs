// Prints Segment's web snippet, as their package makes it. One argument: its options as JSON.
const snippet = require("@segment/snippet");

process.stdout.write(snippet.min(JSON.parse(process.argv[2])));
