import { command } from '../command';
import { json } from './shared';

export default command({
  name: 'doctor',
  summary: 'Examines the server from outside: DNS, TLS, federation, streaming, media, mail',
  options: {
    json,
    noMail: { meaning: 'sends no test message', variable: 'MAIL', when: 'no' },
  },
  environment: {
    TOKEN: 'the access token of an app: a stream is opened as that person',
    RESOLVER: "the address of a name server to ask in place of this computer's",
    NODE_EXTRA_CA_CERTS: 'a file of certificate authorities to trust besides',
  },
  examples: { doctor: 'everything', 'doctor --no-mail': 'everything but mail' },
  run: async ({ pulumi, options: { json, noMail } }) =>
    (await import('../doctor/doctor')).doctor(pulumi, { json, mail: !noMail }),
});
