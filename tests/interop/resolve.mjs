// The DIF's did:web resolver: asks the web for a DID, as any stranger's software does.
import {Resolver} from 'did-resolver';
import {getResolver} from 'web-did-resolver';

const resolver = new Resolver(getResolver());
const answers = {};
for (const did of process.argv.slice(2)) answers[did] = await resolver.resolve(did);
process.stdout.write(JSON.stringify(answers));
