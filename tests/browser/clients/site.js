// What a site that bundles @segment/analytics-next has in its own script.
import { AnalyticsBrowser } from "@segment/analytics-next";

window.load = (options) => AnalyticsBrowser.load(options);
