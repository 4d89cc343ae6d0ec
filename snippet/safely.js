/** `deed`, which from now on reports what goes wrong instead of throwing it into the site's code. */
export function safely(deed) {
  return (...given) => {
    try {
      return deed(...given);
    } catch (error) {
      console.error("leadscore:", error);
    }
  };
}
