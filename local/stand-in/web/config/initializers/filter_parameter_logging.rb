# frozen_string_literal: true

Rails.application.config.filter_parameters += %i(password token secret otp authenticity_token code)
