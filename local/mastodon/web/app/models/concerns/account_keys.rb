# frozen_string_literal: true

# What an account signs with, as up to 4.6: in its own columns. From 4.7 on a file of the release takes this one's place.
module AccountKeys
  extend ActiveSupport::Concern

  included { before_create :generate_keys, if: :local? }

  # Without a key there is neither a delivery nor an actor's document.
  def keypair = OpenSSL::PKey::RSA.new(private_key || public_key)

  private

  def generate_keys
    key = OpenSSL::PKey::RSA.new(2048)
    self.private_key = key.to_pem
    self.public_key = key.public_key.to_pem
  end
end
