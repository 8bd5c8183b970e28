/**
 * What is shown at the console's address where the page could not be built.
 */
export const missingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Spoolnet</title>
<main style="font: 15px system-ui, sans-serif; margin: 20vh auto; max-width: 40em">
  <h1 style="font-size: 1.2rem">The console has no page</h1>
  <p>It could not be built: the terminal that spoolnet runs in says why. The hierarchy runs.</p>
</main>
</html>
`;
