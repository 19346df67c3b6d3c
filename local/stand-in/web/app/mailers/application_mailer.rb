# frozen_string_literal: true

class ApplicationMailer < ActionMailer::Base
end
