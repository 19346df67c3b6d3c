# frozen_string_literal: true

# Proves that Mastodon's own client can put, put in parts and delete in the media bucket. Ends with an error that
# says what the store refuses; prints only what people should know.

ADVICE = {
  'QuotaExceeded' => 'The bucket is full: raise the setting mediaGb.',
  'SlowDown' => 'The store is overloaded: run it again later.',
  'XAmzContentSHA256Mismatch' => 'The store refuses the checksums of the S3 client: ' \
                                 'AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED in secrets.env turns them off.',
}.freeze

# A failed upload in parts has its reasons in a list.
def told(error)
  cause = error.respond_to?(:errors) ? error.errors.first : error
  code = cause.respond_to?(:code) ? cause.code.to_s : cause.class.name
  ["#{code}: #{cause.message}".chomp('.'), ADVICE[code]].compact.join('. ')
end

def attempt(what)
  yield
rescue StandardError => e
  abort "store_proof: can't #{what} in the media bucket. #{told(e)}"
end

bucket = MediaAttachment.new.file.s3_bucket
probes = %w(small large).map { |kind| bucket.object("probe-#{SecureRandom.hex(8)}-#{kind}") }
small, large = probes
file = Tempfile.new('store-proof', binmode: true)

begin
  file.write('proof')
  file.flush
  attempt('put an object') { small.upload_file(file.path) }
  # S3's smallest part is 5 MB; Mastodon uploads in parts from 15 MB on.
  file.truncate(6 * 1024 * 1024)
  attempt('put an object in parts') { large.upload_file(file.path, multipart_threshold: 5 * 1024 * 1024) }
  # S3 demands a checksum of a batch delete, and new clients send another than Content-MD5. Mastodon has no setting for
  # that, so a store that demands Content-MD5 is reported, and not refused.
  begin
    failed = bucket.delete_objects(delete: { objects: probes.map { |probe| { key: probe.key } }, quiet: true }).errors
    warn "store_proof: the store did not delete #{failed.first.key}: #{failed.first.message}" if failed.present?
  rescue Aws::Errors::ServiceError => e
    warn "store_proof: the store refuses Mastodon's batch delete (#{told(e)}). Uploads work; old media of other servers and media of " \
         'deleted accounts stay in the bucket. Ask the provider to accept x-amz-checksum-crc32 in DeleteObjects.'
  end
ensure
  file.close!
  # Mastodon deletes single objects like this; what is gone already is no error.
  attempt('delete an object') { probes.each(&:delete) }
end
