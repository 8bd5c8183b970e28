/**
 * Loaded into a site's process before the site: ends it when the process that started it is gone, however that ended.
 */
process.once("disconnect", () => process.exit(0));
