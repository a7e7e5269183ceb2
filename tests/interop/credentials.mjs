// Digital Bazaar's verifier of credentials and panva's jose, asked for many at once: JSON in, JSON out.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {createLocalJWKSet, jwtVerify} from 'jose';

const told = error => [error.message, ...(error.errors ?? []).map(told)].join('; ');

function loaderOf(documents) {
  return async url => {
    if (!Object.hasOwn(documents, url)) throw new Error(`nothing is fetched: ${url}`);
    return {contextUrl: null, documentUrl: url, document: documents[url]};
  };
}

const jobs = {
  // Verifies each credential. Status lists are another job's (status_lists.mjs), so every status is good here.
  async verify({credentials, documents, now}) {
    const documentLoader = loaderOf(documents);
    const answers = {};
    for (const [name, credential] of Object.entries(credentials)) {
      const suite = new DataIntegrityProof({cryptosuite});
      const result = await verifyCredential({
        credential, suite, documentLoader, now: new Date(now), checkStatus: async () => ({verified: true}),
      });
      answers[name] = {verified: result.verified, error: result.verified ? '' : told(result.error)};
    }
    return answers;
  },
  // Gives each document's canonical N-Quads.
  async canonize({documents, given}) {
    const documentLoader = loaderOf(documents);
    return Promise.all(given.map(document => cryptosuite.canonize(document, {documentLoader})));
  },
  // Verifies each token with the key set alone; the key set decides the algorithm.
  async tokens({tokens, jwks, now}) {
    const keys = createLocalJWKSet(jwks);
    const answers = {};
    for (const [name, token] of Object.entries(tokens)) {
      try {
        const {payload, protectedHeader} = await jwtVerify(token, keys, {
          algorithms: ['EdDSA', 'ES256'], typ: 'vc+jwt', currentDate: new Date(now),
        });
        answers[name] = {verified: true, error: '', payload, header: protectedHeader};
      } catch (error) {
        answers[name] = {verified: false, error: `${error.code ?? ''} ${error.message}`};
      }
    }
    return answers;
  },
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const {job, ...given} = JSON.parse(text);
process.stdout.write(JSON.stringify(await jobs[job](given)));
