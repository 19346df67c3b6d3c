/** `tsx trials/preview-comment/main.ts CALL`: `bin/mastodon preview-comment`, with its options as JSON. */
import { reportFailure } from '../../cli/lib/pulumi-cli';
import { previewComment, type PreviewComment } from './preview-comment';

const [call = ''] = process.argv.slice(2);
previewComment(JSON.parse(call) as PreviewComment).catch(reportFailure);
