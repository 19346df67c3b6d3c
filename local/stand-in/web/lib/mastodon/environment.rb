# frozen_string_literal: true

require 'base64'
require 'openssl'

module Mastodon
  # Validates the environment before anything starts. Every problem is reported at once, by the variable's name.
  class Environment
    REQUIRED = %w(
      SECRET_KEY_BASE
      ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY
      ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY
      ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT
      LOCAL_DOMAIN
    ).freeze
    REQUIRED_FOR_S3 = %w(S3_BUCKET AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY).freeze
    PLACEHOLDER = 'DO_NOT_USE_IN_PRODUCTION'

    def self.check! = new(ENV.to_h).check!

    def initialize(env)
      @env = env
    end

    def check!
      return if problems.empty?

      abort "Mastodon (stand-in) can't start:\n#{problems.map { |problem| "  #{problem}" }.join("\n")}"
    end

    def problems
      @problems ||= missing + placeholders + vapid_problems + redis_problems + mail_problems
    end

    private

    def missing
      required = REQUIRED + (@env['S3_ENABLED'] == 'true' ? REQUIRED_FOR_S3 : [])
      required.select { |name| @env[name].to_s.strip.empty? }.map { |name| "#{name} is missing or blank" }
    end

    def placeholders
      REQUIRED.select { |name| @env[name].to_s.end_with?(PLACEHOLDER) }.map { |name| "#{name} is a placeholder (#{PLACEHOLDER})" }
    end

    def redis_problems
      @env['REDIS_NAMESPACE'].to_s.empty? ? [] : ['REDIS_NAMESPACE is no longer supported']
    end

    # Upstream starts, and the gem mail then refuses each message.
    def mail_problems
      tls = %w(SMTP_TLS SMTP_SSL).find { |name| @env[name] == 'true' }
      return [] unless tls && !['', 'never', 'false'].include?(@env['SMTP_ENABLE_STARTTLS'].to_s)

      ["#{tls} and SMTP_ENABLE_STARTTLS exclude each other"]
    end

    # Without both there is no web push; one alone, another format or a pair that doesn't match is a mistake.
    def vapid_problems
      private_key, public_key = %w(VAPID_PRIVATE_KEY VAPID_PUBLIC_KEY).map { |name| @env[name].to_s }
      return [] if private_key.empty? && public_key.empty?

      scalar = decode(private_key)
      point = decode(public_key)
      problems = []
      problems << 'VAPID_PRIVATE_KEY is not a P-256 scalar of 32 bytes in URL-safe base64' unless scalar&.bytesize == 32
      problems << 'VAPID_PUBLIC_KEY is not an uncompressed P-256 point of 65 bytes in URL-safe base64' unless point&.bytesize == 65 && point.getbyte(0) == 4
      problems << 'VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY' if problems.empty? && derive_point(scalar) != point
      problems
    end

    def decode(text)
      Base64.urlsafe_decode64(text)
    rescue ArgumentError
      nil
    end

    def derive_point(scalar)
      curve = OpenSSL::PKey::EC::Group.new('prime256v1')
      curve.generator.mul(OpenSSL::BN.new(scalar, 2)).to_octet_string(:uncompressed)
    end
  end
end
