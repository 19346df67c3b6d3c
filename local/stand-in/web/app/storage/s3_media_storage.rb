# frozen_string_literal: true

# Media in a bucket, by the S3_* variables with Mastodon's names, defaults and pitfalls.
class S3MediaStorage
  CACHE_CONTROL = 'public, max-age=315576000, immutable'
  UPLOADS = %i(put_object upload_part).freeze

  def self.from_environment(env)
    require 'aws-sdk-s3' # a third of the start-up time, so only where it is used

    region = env.fetch('S3_REGION', 'us-east-1')
    client = {
      access_key_id: env.fetch('AWS_ACCESS_KEY_ID'),
      secret_access_key: env.fetch('AWS_SECRET_ACCESS_KEY'),
      region:,
      http_open_timeout: env.fetch('S3_OPEN_TIMEOUT', 5).to_i,
      http_read_timeout: env.fetch('S3_READ_TIMEOUT', 5).to_i,
      retry_limit: env.fetch('S3_RETRY_LIMIT', 0).to_i,
    }
    if env['S3_ENDPOINT'].present?
      client[:endpoint] = env['S3_ENDPOINT']
      # The name misleads: path style unless it is "overridden".
      client[:force_path_style] = env['S3_OVERRIDE_PATH_STYLE'] != 'true'
    end

    new(
      client: as_of_today(Aws::S3::Client.new(client), env),
      bucket: env.fetch('S3_BUCKET'),
      # An empty string sends no ACL at all.
      acl: env.fetch('S3_PERMISSION', 'public-read').presence,
      storage_class: env['S3_STORAGE_CLASS'].presence,
      key_prefix: env['S3_KEY_PREFIX'].presence,
      base_url: base_url(env, region)
    )
  end

  def self.base_url(env, region)
    protocol = env.fetch('S3_PROTOCOL', 'https')
    alias_host = env['S3_ALIAS_HOST'].presence || env['S3_CLOUDFRONT_HOST'].presence
    return "#{protocol}://#{alias_host}" if alias_host

    "#{protocol}://#{env['S3_HOSTNAME'].presence || "s3-#{region}.amazonaws.com"}/#{env.fetch('S3_BUCKET')}"
  end
  private_class_method :base_url

  # Debian's aws-sdk-s3 is older than Mastodon's, which sends a checksum with each batch delete (since 1.178) and behind
  # the body of each upload over HTTPS (since 1.210), unless it is configured to send those only where S3 demands them.
  def self.as_of_today(client, env)
    UPLOADS.each { |name| client.config.api.operation(name)['authtype'] = 'v4-unsigned-body' }
    only_required = env['AWS_REQUEST_CHECKSUM_CALCULATION'].to_s.casecmp?('when_required')
    with_checksum = only_required ? %i(delete_objects) : %i(delete_objects) + UPLOADS
    client.handle_request(step: :initialize) do |context|
      context[:default_request_checksum_algorithm] = 'CRC32' if with_checksum.include?(context.operation_name)
    end
    client
  end
  private_class_method :as_of_today

  def initialize(client:, bucket:, acl:, storage_class:, key_prefix:, base_url:)
    @client = client
    @bucket = bucket
    @object_options = { acl:, storage_class:, cache_control: CACHE_CONTROL }.compact
    @key_prefix = key_prefix
    @base_url = base_url
  end

  # As paperclip's attachments have it.
  def s3_bucket = Aws::S3::Bucket.new(@bucket, client: @client)

  def store(path, file, content_type)
    File.open(file, 'rb') do |body|
      @client.put_object(bucket: @bucket, key: key(path), body:, content_type:, **@object_options)
    end
  end

  def fetch(path, target) = @client.get_object(bucket: @bucket, key: key(path), response_target: target)

  def delete(path) = @client.delete_object(bucket: @bucket, key: key(path))

  # Every object, with its size, in the order of the keys.
  def each(prefix: nil, start_after: nil)
    @client.list_objects_v2(bucket: @bucket, prefix: [@key_prefix, prefix].compact.join('/').presence, start_after:).each do |page|
      page.contents.each { |object| yield object.key.delete_prefix("#{@key_prefix}/"), object.size }
    end
  end

  def url(path) = "#{@base_url}/#{key(path)}"

  private

  def key(path) = [@key_prefix, path].compact.join('/')
end
