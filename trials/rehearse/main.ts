/** `tsx trials/rehearse/main.ts CALL`: `bin/mastodon rehearse`, with its options as JSON. */
import { reportFailure } from '../../cli/lib/pulumi-cli';
import { rehearse, type Rehearse } from './rehearse';

const [call = ''] = process.argv.slice(2);
rehearse(JSON.parse(call) as Rehearse).catch(reportFailure);
