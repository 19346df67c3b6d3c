# frozen_string_literal: true

# What an account signs with from 4.7 on: new ones have their key in `keypairs` alone; a post-deployment migration moves the others'.
module AccountKeys
  extend ActiveSupport::Concern

  included do
    has_many :keypairs, dependent: :destroy
    after_create :generate_keys, if: :local?
  end

  def keypair = OpenSSL::PKey::RSA.new(keypairs.first&.private_key || private_key || public_key)

  private

  def generate_keys
    key = OpenSSL::PKey::RSA.new(2048)
    keypairs.create!(private_key: key.to_pem, public_key: key.public_key.to_pem)
  end
end
