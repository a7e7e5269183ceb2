// Asks the browser's verifier, in node: standard input has {keys, cases: [{id, text}], addresses}, standard output a
// verdict on each case and what was read from each address.
import { readFileSync } from "node:fs";

// By its text, because nothing beside it says that it is a module; a page says so where it loads it.
const source = readFileSync(new URL("../../certify/web/static/statement.js", import.meta.url), "utf-8");
const { readAddress, verify } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const { keys, cases, addresses } = JSON.parse(readFileSync(0, "utf-8"));
const verdicts = [];
for (const { id, text } of cases) {
  try {
    verdicts.push(await verify(id, text, keys));
  } catch (refused) {
    verdicts.push(refused.why ?? `stumbled: ${refused.stack}`);
  }
}
process.stdout.write(JSON.stringify({ verdicts, addresses: addresses.map(readAddress) }));
