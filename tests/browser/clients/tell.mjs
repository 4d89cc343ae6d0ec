// The story, told by @segment/analytics-node. One argument: whom it is about and where it goes, as JSON.
import { Analytics } from "@segment/analytics-node";

const { writeKey, host, anonymousId, looked, asked, traits, form } = JSON.parse(process.argv[2]);
const analytics = new Analytics({ writeKey, host, maxRetries: 1 });
analytics.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});
for (const timestamp of looked) {
  analytics.page({ anonymousId, name: "Pricing", properties: { url: "https://northwind.example/pricing" }, timestamp });
}
analytics.identify({ anonymousId, traits, timestamp: asked });
analytics.track({ anonymousId, event: "Form Submitted", properties: form, timestamp: asked });
await analytics.closeAndFlush();
