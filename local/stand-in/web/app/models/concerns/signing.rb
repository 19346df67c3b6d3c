# frozen_string_literal: true

# The key that signs for an account here. Releases before 4.7 have it in the account's own row, and can do nothing without it.
module Signing
  extend ActiveSupport::Concern

  included { before_create :keep_new_key, if: :local? }

  def signing_key = OpenSSL::PKey::RSA.new(private_key.presence || raise("#{username} has no key"))

  private

  def keep_new_key
    key = OpenSSL::PKey::RSA.new(2048)
    self.private_key = key.to_pem
    self.public_key = key.public_key.to_pem
  end
end
