# frozen_string_literal: true

# The key that signs for an account here: 4.7 has it beside the account, and finds those that were not moved there yet.
module Signing
  extend ActiveSupport::Concern

  included { after_create :keep_new_key, if: :local? }

  def signing_key = OpenSSL::PKey::RSA.new(keypairs.first&.private_key || private_key.presence || raise("#{username} has no key"))

  private

  def keep_new_key
    key = OpenSSL::PKey::RSA.new(2048)
    keypairs.create!(private_key: key.to_pem, public_key: key.public_to_pem)
  end
end
